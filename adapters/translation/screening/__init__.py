"""What is looked for before anything is kept: words that may never be held, and marks of what is invented for tests."""

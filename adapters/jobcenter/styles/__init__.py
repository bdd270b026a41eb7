"""The three styles: which fields a record has, and how records lie in a file."""

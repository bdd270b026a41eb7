"""Keys renewed and destroyed on the word of two administrators."""

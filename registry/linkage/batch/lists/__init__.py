"""Lists of people: read, folded, and held as arrays of tokens."""

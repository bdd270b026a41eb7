"""Names, dates and numbers reduced to what stays the same between two offices' ways of writing them; pure."""

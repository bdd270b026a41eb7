"""How long it takes to find somebody among many, and to add one more."""

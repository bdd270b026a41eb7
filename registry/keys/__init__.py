"""How everybody else asks the keeper."""

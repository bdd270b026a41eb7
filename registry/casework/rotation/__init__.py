"""Rotating keys: ordered by two administrators, carried out by the housekeeper."""

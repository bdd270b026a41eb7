"""Closed lists of codes with their source; names for people come from elsewhere."""

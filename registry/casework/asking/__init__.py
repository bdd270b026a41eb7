"""Requests of offices, in what is noted of them."""

"""Readers of the official downloads, the terms they are loaded into (ESCO, KldB 2010, ISCO-08), and their look-up."""

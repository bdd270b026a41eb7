"""Who saw what: append-only lines and their chain."""

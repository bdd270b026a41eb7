"""What BAMF may have, in its own format: its own statements so that they come back, those of others beside them."""

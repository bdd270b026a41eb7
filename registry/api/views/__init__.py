"""What each address does: load, check, act, answer."""

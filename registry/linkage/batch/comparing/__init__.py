"""Comparing many pairs at once by the same evidence that the counter goes by."""

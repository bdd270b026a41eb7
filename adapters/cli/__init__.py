"""Commands of the outer package: import now, export and sync later."""

"""What only the keeper has: the root key's handle and the shred store."""

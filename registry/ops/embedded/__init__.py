"""What an embedded PostgreSQL needs from the machine: binaries, a user, a place, and no leftovers."""

"""What pages are made of: fetched by the lock file, converted once, served under names that say what they hold."""

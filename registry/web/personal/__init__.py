"""What the person's own pages show of permissions, of the log and of her profile, as values without markup."""

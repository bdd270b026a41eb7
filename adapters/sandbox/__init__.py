"""Stand-ins for the agencies and their sample documents; all people are invented."""

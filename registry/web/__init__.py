"""Pages for clerk, officer and person: usable without scripts, in her language, in both directions."""

"""Two lists of people compared with each other: the linker's rules, vectorised, on tokens of one run."""

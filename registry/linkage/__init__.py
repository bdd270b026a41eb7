"""Who may be the same person as whom: the linker, which sees keyed tokens only."""

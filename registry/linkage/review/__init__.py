"""What people make of the linker's proposals: one pair before a reviewer, and all decisions as figures."""

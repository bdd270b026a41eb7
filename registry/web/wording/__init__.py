"""What pages call the parts of an entry: its kind, its fields, the codes of its lists."""

"""Starting processes, keeping them alive, ending them in order, and saying where they run."""

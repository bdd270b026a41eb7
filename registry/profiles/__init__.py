"""What is kept about persons: appearances, entries, sealed compartments."""

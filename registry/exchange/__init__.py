"""What goes to and comes from agencies."""

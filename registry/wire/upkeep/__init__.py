"""What is asked of the keeper to keep the house itself in order, and no person is concerned."""

"""All state and everything served."""

"""What she says herself, and what she is asked about it where a link has ended."""

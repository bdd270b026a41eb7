"""What carries records to and from agencies."""

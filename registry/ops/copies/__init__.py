"""Back-up and restore: copies of both databases, apart from each other, taken while everything runs."""

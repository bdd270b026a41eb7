"""What an office reviews: whether two records are one person, how well that works, and who asks unusually much."""

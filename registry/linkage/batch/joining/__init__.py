"""Which pairs are worth comparing: the keys of two lists joined, by DuckDB or by Spark."""

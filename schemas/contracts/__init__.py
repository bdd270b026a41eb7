"""The published contracts, one JSON Schema per public schema and version; `python -m schemas.published` writes them."""

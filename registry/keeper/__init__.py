"""The process that opens keys; nothing outside imports it."""

"""The keeper over a database that was brought back: it notes how far the log went, and stays closed where it must."""

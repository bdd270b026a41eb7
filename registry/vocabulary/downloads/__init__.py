"""One reader for each official download, as its publisher writes it."""

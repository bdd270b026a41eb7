"""One module per section: what an entry of each kind may say."""

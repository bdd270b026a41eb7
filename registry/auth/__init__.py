"""Who acts: credentials turned into actors."""

"""How fast official lists are loaded and searched, with made-up lists of their sizes."""

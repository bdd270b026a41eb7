"""The story that must always work, told over the real doors of a registry of its own."""

"""What the linker reads and writes: its own schema, the handles that join it to appearances, and arrivals."""

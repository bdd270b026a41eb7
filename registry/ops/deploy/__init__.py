"""How the registry is installed for good: a unit and users for systemd, a recipe for a container."""

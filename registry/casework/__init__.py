"""The acts that touch several rooms, each in one transaction."""

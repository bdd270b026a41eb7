"""Forgetting: a person who wants it, and statements whose day has come."""

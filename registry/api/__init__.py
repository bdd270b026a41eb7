"""JSON over HTTP: load, check, act, answer."""

"""Measures what adapters and engine do together: joins `registry bench` through entry points."""

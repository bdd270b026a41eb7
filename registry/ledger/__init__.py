"""Grants, wraps, consent records and receipts."""

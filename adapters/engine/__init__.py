"""Carries records of any agency: reads files in a child, hands batches to the registry, reports."""

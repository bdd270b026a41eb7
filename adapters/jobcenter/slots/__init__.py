"""The fields of a Jobcenter's record: each knows how its value becomes entries, and how an entry is written back."""

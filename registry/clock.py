"""The one source of "now"; how an instant is written is said in `schemas.fields`."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware and in UTC; edges call it, acts receive it."""
    return datetime.now(UTC)

"""The one source of "now", and the one written form of an instant."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware and in UTC; edges call it, acts receive it."""
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """Write an aware instant as ISO 8601 in UTC with microseconds, e.g. 2026-11-22T10:15:00.000000Z.

    Raises:
        ValueError: the instant has no zone; guessing one would move it.
    """
    if moment.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """Read an instant written with a zone, in any offset; the result is in UTC.

    Raises:
        ValueError: not ISO 8601, or without a zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return moment.astimezone(UTC)

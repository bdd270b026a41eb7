"""That a log was given up after a restore: told at each start until an export has what came since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from registry.ops.files import read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = "log-given-up.json"


def note(home: Path, size: int) -> None:
    """Note that the log counts up to so many lines, and what came behind them is given up."""
    write_json(home / _NAME, {"size": size})


def words(home: Path) -> str | None:
    """Return what must be told of it; None where nothing is given up, or an export was made since."""
    noted = read_json(home / _NAME)
    if noted is None:
        return None
    return (
        f"GIVEN UP: after a restore somebody said that nobody has a newer log. What ended behind line {noted['size']}"
        " may be open again. This is told until the log is exported: `registry audit export`."
    )


def exported(home: Path, since: int) -> None:
    """Note that the log was exported from this line on; one that begins later leaves something out."""
    noted = read_json(home / _NAME)
    if noted is not None and since <= noted["size"]:
        (home / _NAME).unlink(missing_ok=True)

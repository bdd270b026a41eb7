"""Which adapters are installed: name -> adapter, from the entry points `registry.adapters`."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from adapters.contract import ADAPTERS, PermanentError

if TYPE_CHECKING:
    from adapters.contract import AgencyAdapter


def names() -> list[str]:
    """Return the names of all adapters, loading none."""
    return sorted({entry.name for entry in entry_points(group=ADAPTERS)})


def find(name: str) -> AgencyAdapter:
    """Load one adapter.

    Raises:
        PermanentError: there is none of that name.
    """
    for entry in entry_points(group=ADAPTERS, name=name):
        adapter: AgencyAdapter = entry.load()
        return adapter
    raise PermanentError(f"There is no adapter {name!r}; installed are: {', '.join(names())}.")

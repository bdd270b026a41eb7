"""Where each process listens: in a directory of its own, so that nobody else can put a socket in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

#: The processes that listen, each with its directory under the run directory.
LISTENERS = ("keeper", "linker", "worker")


def keeper(run_dir: Path, role: str, agency: UUID | None = None) -> Path:
    """Return where the keeper answers a role; workers each have a socket of their agency's own."""
    return run_dir / "keeper" / (f"{role}.sock" if agency is None else f"{role}-{agency}.sock")


def linker(run_dir: Path, role: str) -> Path:
    """Return where the linker answers a role."""
    return run_dir / "linker" / f"{role}.sock"


def worker(run_dir: Path, agency: UUID) -> Path:
    """Return where an agency's worker takes orders."""
    return run_dir / "worker" / f"{agency}.sock"

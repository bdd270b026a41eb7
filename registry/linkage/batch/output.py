"""The file of pairs: tried before the work begins, written beside its name, and never over one of the lists."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


class OutputRefused(RegistryError):  # noqa: N818 - the name says what is the case
    """The pairs cannot be written there; nothing was changed. The message says why."""

    code = "link.output-refused"


def check_output(out: Path, lists: tuple[Path, ...]) -> None:
    """Try whether pairs can be written, before hours of work.

    Args:
        lists: what is read, and must not be replaced.

    Raises:
        OutputRefused: they cannot, or the name is that of a list, also by way of a link.
    """
    if out.exists():
        if any(out.samefile(one) for one in lists):
            raise OutputRefused(f"{out}: is one of the lists; name another file with --out")
        if not out.is_file():
            raise OutputRefused(f"{out}: is no file that can be replaced; name another with --out")
    try:
        descriptor, name = _part_of(out)
    except OSError as fault:
        raise OutputRefused(f"{out}: cannot be written: {fault.strerror}") from None
    os.close(descriptor)
    Path(name).unlink()


@contextmanager
def whole(out: Path) -> Iterator[TextIO]:
    """Give a file that takes its name once it is whole, so that nobody takes a part for all; its owner's alone.

    Raises:
        OutputRefused: it cannot be written.
    """
    name = None
    try:
        descriptor, name = _part_of(out)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
        Path(name).replace(out)
    except OSError as fault:
        raise OutputRefused(f"{out}: cannot be written: {fault.strerror}") from None
    finally:
        if name is not None:
            Path(name).unlink(missing_ok=True)


def _part_of(out: Path) -> tuple[int, str]:
    """Make a file that nobody else has, whatever lies in the folder."""
    return tempfile.mkstemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent)

"""Small private files: written whole or not at all, readable by their owner only."""

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from registry.errors import OperationError


def write_private(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file in one step, so that a crash leaves the old content or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)  # not by name: the directory can be somebody else's
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a private JSON file in one step."""
    write_private(path, json.dumps(content, indent=1).encode() + b"\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None when there is no such file.

    Raises:
        OperationError: the file is there and is not a JSON object.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise OperationError(f"{path} is damaged: restore it from a back-up") from error
    if not isinstance(content, dict):
        raise OperationError(f"{path} is damaged: restore it from a back-up")
    return content


def private_directory(path: Path, *, mode: int = 0o700) -> Path:
    """Make a directory that belongs to this user and that no other user can write to.

    Raises:
        OperationError: somebody else made it first.
    """
    with contextlib.suppress(FileExistsError):
        path.mkdir(parents=True, mode=mode)
    status = path.lstat()
    if not path.is_dir() or path.is_symlink() or status.st_uid != os.geteuid():
        raise OperationError(
            f"{path} belongs to somebody else: set REGISTRY_RUN_DIR or REGISTRY_HOME to a place of your own"
        )
    if status.st_mode & 0o777 != mode:
        path.chmod(mode)
    return path


def remove_tree(path: Path) -> None:
    """Remove a directory with all it holds; no error when it is not there."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(path)

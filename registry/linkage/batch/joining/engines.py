"""What joins the keys of a run: DuckDB, or Spark where it is installed."""

from __future__ import annotations

import importlib
import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from registry.errors import RegistryError
from registry.linkage.batch.joining import candidates

if TYPE_CHECKING:
    from collections.abc import Callable


class EngineMissing(RegistryError):  # noqa: N818 - the name says what is the case
    """What should join keys is not installed; nothing was written."""

    code = "link.engine-missing"


def _duckdb() -> Callable[..., Any]:
    return candidates.database


def _spark() -> Callable[..., Any]:
    if find_spec("pyspark") is None or shutil.which("java") is None:
        raise EngineMissing("--engine spark needs the extra `spark` (pyspark) and Java 17 or newer")
    found: Callable[..., Any] = importlib.import_module("registry.linkage.batch.joining.spark").database
    return found


#: Name -> returns a `run.Store` that also takes the bytes it may hold as `memory`.
ENGINES: Final[dict[str, Callable[[], Callable[..., Any]]]] = {"duckdb": _duckdb, "spark": _spark}

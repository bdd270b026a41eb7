"""Logs: one JSON object per line, identifiers and counts only.

An allow-list decides what may appear. A message is written as the constant it was called with, never with its
arguments, and an error as its class, code and place, never with its text: both can carry what a person said.
"""

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from schemas.fields import instant_text

#: Keys of `extra` that may be written; whatever is not here is dropped.
ALLOWED = frozenset({
    "accepted", "address", "agency", "attempt", "attempts", "chunk", "code", "compartments", "count", "due", "entries",
    "epoch", "erasure", "exit", "expected", "grant", "kind", "line", "method", "milliseconds", "operation", "outcome",
    "pid", "port", "process", "profiles", "purpose", "records", "refused", "revision", "route", "run", "seconds",
    "signal", "size_bytes", "status", "version", "worker",
})  # fmt: skip


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Write the allowed parts of a record; arguments and error texts stay out."""
        line: dict[str, object] = {
            "at": instant_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "process": self._process,
            "pid": record.process,
            "logger": record.name,
            "event": record.msg if isinstance(record.msg, str) else type(record.msg).__name__,
        }
        line.update({key: _plain(value) for key, value in vars(record).items() if key in ALLOWED - line.keys()})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _described(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def configure(process: str, *, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log of this process to one stream (default: standard error) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)


def tell_all_faults() -> None:
    """Log faults that nobody catches, in threads too, as all others are: what Python prints of them has their words."""
    sys.excepthook = _tell
    threading.excepthook = _tell_of_thread
    sys.unraisablehook = _tell_unraisable


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(__name__).critical("fault.uncaught", exc_info=(kind, error, trace))


def _tell_of_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None and not issubclass(told.exc_type, SystemExit):
        _tell(told.exc_type, told.exc_value, told.exc_traceback)


def _tell_unraisable(told: "sys.UnraisableHookArgs") -> None:
    if told.exc_value is not None:
        _tell(told.exc_type, told.exc_value, told.exc_traceback)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _described(error: BaseException) -> list[dict[str, object]]:
    """Describe an error and its causes by class, public code and places."""
    chain: list[dict[str, object]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < 5:
        places = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(current.__traceback__)
        ]
        described: dict[str, object] = {"class": f"{type(current).__module__}.{type(current).__qualname__}"}
        code = getattr(current, "code", None) or getattr(current, "sqlstate", None)
        if isinstance(code, str | int):
            described["code"] = code
        chain.append(described | {"places": places[-8:]})
        current = current.__cause__ or current.__context__
    return chain

"""Logs carry identifiers and counts, never what somebody said; instants have one form."""

import io
import json
import logging
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from registry import clock
from registry.logs import JsonLines


def logged(message: str, *arguments: object, extra: dict[str, object] | None = None, fails: bool = False) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("web"))
    log = logging.getLogger(f"test.{message}")
    log.addHandler(handler)
    try:
        int("Amina Haddad")
    except ValueError:
        log.warning(message, *arguments, extra=extra, exc_info=sys.exc_info() if fails else None)
    return stream.getvalue()


def test_a_line_is_one_json_object_with_the_allowed_keys() -> None:
    line = json.loads(logged("run.finished", extra={"agency": "a1", "entries": 12}))
    assert (line["event"], line["agency"], line["entries"], line["process"]) == ("run.finished", "a1", 12, "web")


def test_keys_outside_the_allow_list_are_dropped() -> None:
    assert "Amina" not in logged("entry.kept", extra={"family_name": "Amina"})


def test_arguments_of_a_message_are_not_written() -> None:
    assert "Amina" not in logged("imported %s", "Amina")


def test_an_error_is_described_without_its_text() -> None:
    text = logged("import.failed", fails=True)
    assert "Amina" not in text
    assert json.loads(text)["error"][0]["class"] == "builtins.ValueError"


def test_instants_are_written_in_utc_with_microseconds() -> None:
    moment = datetime(2026, 11, 22, 11, 15, tzinfo=timezone(timedelta(hours=1)))
    assert clock.instant(moment) == "2026-11-22T10:15:00.000000Z"
    assert clock.parse("2026-11-22T11:15:00+01:00") == datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        clock.instant(datetime(2026, 11, 22))  # noqa: DTZ001 - the mistake under test
    with pytest.raises(ValueError, match="zone"):
        clock.parse("2026-11-22T10:15:00")

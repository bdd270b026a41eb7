"""Logs carry identifiers and counts, never what somebody said."""

import io
import json
import logging
import sys

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

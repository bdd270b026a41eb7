"""What an import says of numbers that look unusual: where they stand and why, and never the number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.cli.reports import shown, told
from adapters.engine.inbound import warnings_of
from adapters.engine.messages import FileReport, Warned
from registry.casework.receiving import Received
from registry.profiles.changes import Act, Change

if TYPE_CHECKING:
    from collections.abc import Mapping

#: An insurance number whose check digit fits, and one with a digit mistyped.
RIGHT, WRONG = "15070649C103", "15070649C104"


def number(scheme: str, text: str) -> dict[str, object]:
    """Return an entry as EntryIn loads it."""
    return {"kind": f"identifiers.{scheme}", "value": {"number": text}}


def test_each_sort_of_number_is_warned_about_once_in_a_record() -> None:
    entries = (number("azr", "240101123456"), number("azr", "1"), number("azr", "2"), number("bamf", "?"))
    changed: Change[Mapping[str, Any]] = Change(Act.ADD, None, (number("insurance", WRONG),))
    record = Received("k", b"digest", entries, changes=(changed,), line=7)
    assert warnings_of(record) == [
        Warned(7, "The number of identifiers.azr does not have the usual form."),
        Warned(7, "The number of identifiers.bamf does not have the usual form."),
        Warned(7, "The check digit of identifiers.insurance does not fit: one digit may be mistyped."),
    ]


def test_what_is_no_number_or_looks_usual_is_not_warned_about() -> None:
    name = {"kind": "identity.name", "value": {"family": "X"}}
    usual = (number("insurance", RIGHT), number("ba-customer", "343C218870"))
    record = Received("k", b"digest", (name, *usual), line=1)
    assert warnings_of(record) == []


def test_a_report_shows_warnings_in_words_and_in_the_stable_form() -> None:
    report = FileReport("a.json", records=2, created=2, warnings=[Warned(2, "The number looks odd.")])
    assert shown(report)["warnings"] == [{"line": 2, "words": "The number looks odd."}]
    assert told(report) == [
        "a.json: 2 records",
        "  2 created, 0 updated, 0 unchanged, 0 linked, 0 conflicting, 0 refused",
        "  line 2: The number looks odd. It is taken all the same.",
    ]
    assert shown(FileReport("a.json"))["warnings"] == []

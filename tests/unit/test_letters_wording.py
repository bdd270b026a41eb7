"""What letters say: whole in every language, German always there, and nothing that is copied wrong."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import msgspec
import pytest

from registry.errors import OperationError
from registry.letters import wording
from registry.letters.letter import LetterContent
from registry.letters.printable import Coverage, direction

LANGUAGES = sorted(wording.languages())
CONTENT = LetterContent(
    letter_code="ABCDEFGHIJKLMNOPQRSTUVWX",
    codes=("ABCDEFGH",),
    base="https://einmal.example.org/",
    issued_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    expires_at=datetime(2026, 12, 23, 9, tzinfo=UTC),
)
#: A font with letters, one with an accent, and one of another script with a mark.
COVERAGE = Coverage(
    {"latin": frozenset(map(ord, "ABCabc .-?")), "more": frozenset(map(ord, "č")), "arabic": frozenset(map(ord, "بُ"))}
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    said = wording.wording(language)
    texts = [
        text for value in msgspec.to_builtins(said).values() for text in ([value] if isinstance(value, str) else value)
    ]
    assert all(text.strip() == text and text for text in texts)
    assert said.valid.count("{day}") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_marks_above_letters(language: str) -> None:
    """A vowel sign and its letter are one glyph in the PDF: readers copy them twice or in the wrong order."""
    text = unicodedata.normalize("NFC", msgspec.json.encode(wording.wording(language)).decode())
    assert [char for char in text if unicodedata.combining(char)] == []


def test_texts_in_an_unknown_language_are_not_found_by_path() -> None:
    with pytest.raises(OperationError):
        wording.wording("../texts/de")


@pytest.mark.parametrize(
    ("wanted", "printed"),
    [
        (["ar"], ("de", "ar")),
        (["ar-SY", "en"], ("de", "ar")),
        (["xx", "ar"], ("de", "ar")),
        (["xx"], ("de", "en")),
        ([], ("de", "en")),
        (["de"], ("de",)),
        (["de-x-plain", "ar"], ("de",)),
    ],
)
def test_german_stands_beside_the_first_language_there_are_texts_in(
    wanted: list[str], printed: tuple[str, ...]
) -> None:
    assert wording.beside_german(wanted) == printed


@pytest.mark.parametrize(
    ("expires", "last"),
    [
        (datetime(2026, 12, 23, 9, tzinfo=UTC), date(2026, 12, 22)),
        (datetime(2026, 12, 22, 23, tzinfo=UTC), date(2026, 12, 22)),
        (datetime(2026, 12, 22, 22, 59, tzinfo=UTC), date(2026, 12, 21)),
    ],
)
def test_a_letter_names_the_last_whole_german_day(expires: datetime, last: date) -> None:
    assert replace(CONTENT, expires_at=expires).last_day == last


def test_the_code_stands_behind_the_hash_of_the_scanned_address() -> None:
    """Browsers do not send what follows "#", so no server logs it (RFC 9110, 7.1)."""
    assert CONTENT.scanned_address == "https://einmal.example.org/p#ABCDEFGHIJKLMNOPQRSTUVWX"
    assert CONTENT.sign_in_address == "https://einmal.example.org/p"


def test_a_letter_in_a_log_line_shows_no_code_and_no_name() -> None:
    shown = repr(replace(CONTENT, person="Nadir Barakzai"))
    assert [secret for secret in (CONTENT.letter_code, CONTENT.codes[0], "Nadir") if secret in shown] == []


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Abc\tCab\nB", "Abc Cab B"),
        ("c\u030cA", "čA"),
        ("ả-b\u0331", "a-b"),
        ("ب\u064f", "ب\u064f"),
        ("A\u064f", "A"),
        ("A\u202eB\u0007", "AB"),
        ("A 😀", "A ?"),
    ],
)
def test_a_name_is_shown_as_far_as_fonts_have_it(written: str, shown: str) -> None:
    assert COVERAGE.shown(written) == shown


@pytest.mark.parametrize(("name", "way"), [("(محمد)", "rtl"), ("Öz محمد", "ltr"), ("12", "ltr"), ("", "ltr")])
def test_a_name_is_written_the_way_of_its_first_letter(name: str, way: str) -> None:
    assert direction(name) == way

"""The letter that a counter prints once: how to sign in, in two languages, and the codes, which are nowhere else."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import segno
import typst
from babel import Locale
from babel.dates import format_date

from registry.errors import OperationError
from registry.letters.families import SUBSETS, WEIGHTS
from registry.letters.printable import Coverage, direction
from registry.letters.wording import wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

_TEMPLATE: Final = Path(__file__).with_name("letter.typ")
_GROUP: Final = 4
#: Days are German ones; in summer a letter that ends in the first hour of a day is said to end a day early.
_GERMANY: Final = timezone(timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Office:
    """Who hands the letter over."""

    name: str
    address: tuple[str, ...] = ()  #: lines


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """What is on one letter and on no other."""

    letter_code: str = field(repr=False)  #: as the keeper made it, without blanks
    codes: tuple[str, ...] = field(repr=False)  #: the numbered ones; the first has number 1
    base: str  #: where the pages are, such as https://einmal.example.org
    issued_at: datetime
    expires_at: datetime
    office: Office | None = None
    person: str | None = field(default=None, repr=False)  #: her name; without it who finds the letter learns no name

    @property
    def sign_in_address(self) -> str:
        """Return the page to sign in at, for who types it."""
        return f"{self.base.rstrip('/')}/p"

    @property
    def scanned_address(self) -> str:
        """Return what the QR code says: the code stands behind "#", which no browser sends and no server logs."""
        return f"{self.sign_in_address}#{self.letter_code}"

    @property
    def last_day(self) -> date:
        """Return the last whole day on which the letter counts."""
        return (self.expires_at.astimezone(_GERMANY) - timedelta(days=1)).date()


def letter_pdf(content: LetterContent, languages: Sequence[str], *, fonts: Path) -> bytes:
    """Return the letter as a PDF of two A4 pages, front and back, that can be read aloud (PDF/UA-1).

    Args:
        languages: one or two, from left to right (`wording.beside_german`).
        fonts: the folder that `fonts.build` filled.

    Raises:
        OperationError: the fonts are not there, or a language has no texts.
    """
    if len(languages) not in {1, 2}:
        raise ValueError("A letter is in one language or in two.")
    setting = _setting(fonts)
    told = msgspec.json.encode(_told(content, languages, setting.coverage)).decode()
    try:
        return typst.compile(
            _TEMPLATE.read_bytes(),
            format="pdf",
            pdf_standards=["ua-1"],
            font_paths=setting.fonts,
            sys_inputs={"letter": told},
        )
    except typst.TypstError as problem:
        raise OperationError("The letter could not be set.") from problem


@dataclass(frozen=True, slots=True)
class _Setting:
    fonts: typst.Fonts
    coverage: Coverage


@cache
def _setting(fonts: Path) -> _Setting:
    """Return the fonts of letters and no others: what typst brings along would stand in for a missing one."""
    if not all(subset.path(fonts, weight).exists() for subset in SUBSETS for weight in WEIGHTS):
        raise OperationError("The fonts of letters were not built yet. Run `make install`.")
    loaded = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])
    return _Setting(loaded, Coverage.of(fonts))


def _told(content: LetterContent, languages: Sequence[str], coverage: Coverage) -> dict[str, Any]:
    """Return what the template shows."""
    said = [_said(tag, content) for tag in languages]
    office, person = content.office, coverage.shown(content.person or "")
    return {
        "document": " / ".join(one["document"] for one in said),
        "languages": said,
        "fonts": [subset.family for subset in SUBSETS],
        "office": office and [coverage.shown(line) for line in (office.name, *office.address)],
        "person": {"name": person, "direction": direction(person)} if any(map(str.isalpha, person)) else None,
        "issued": content.issued_at.astimezone(_GERMANY).strftime("%d.%m.%Y"),
        "code": _lines(content.letter_code),
        "codes": [_grouped(code) for code in content.codes],
        "address": content.sign_in_address,
        "qr": _qr(content.scanned_address),
    }


def _said(tag: str, content: LetterContent) -> dict[str, Any]:
    """Return what is said in one language, the day filled in."""
    said = wording(tag)
    day = format_date(content.last_day, "long", locale=Locale.parse(said.dates, sep="-"))
    return {**msgspec.to_builtins(said), "lang": tag.partition("-")[0], "valid": said.valid.format(day=day)}


def _lines(code: str) -> list[str]:
    """Return the code in two lines as long as each other, so that no group stands alone."""
    half = -(-len(code) // (2 * _GROUP)) * _GROUP
    return [_grouped(code[:half]), _grouped(code[half:])]


def _grouped(code: str) -> str:
    return " ".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def _qr(address: str) -> str:
    """Return the QR code as SVG, readable when a quarter of it is creased or dirty; the paper is its margin."""
    drawn = io.BytesIO()
    segno.make(address, error="q", micro=False).save(drawn, kind="svg", border=0, omitsize=True, xmldecl=False)
    return drawn.getvalue().decode()

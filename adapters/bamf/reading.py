"""Reads messages out of an XML file: one, or several in a container `<nachrichten>` of our own for bulk delivery.

The container stands in no namespace and has no meaning of its own; each message in it is as it would stand alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, BinaryIO

from adapters.bamf import parts
from adapters.bamf.codes import HEALTH_COURSES
from adapters.bamf.extras import OWN_STATEMENT, forbidden
from adapters.contract import RefusedFileError, Unmapped
from adapters.translation.leftovers import Document, generic
from adapters.translation.screening.marks import is_test
from adapters.translation.xml import Shape, elements, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.translation.leftovers import Path

XAUSLAENDER = "http://www.osci.de/xauslaender2611"
#: What others said and a grant opened: written for the agency's systems, never read as its own.
GRANTED = "urn:einmal:bamf:freigegeben:1"
#: The agency's own statements that have no place in its format.
OWN = "urn:einmal:bamf:eigene-angaben:1"
CONTAINER = "nachrichten"
ITEMS = "arbeitsvermittlungsdaten"
_HEALTH_WORDS = re.compile(r"geh(ö|oe)rlos|blind|taub", re.IGNORECASE)


class Style(Enum):
    """What a message is; the value is how the name of its root begins."""

    ANSWER = "AZR.Auskunft"
    REPORT = "AZR.Meldung"
    COURSES = "BAMFTGS.AuskunftKursteilnahme"


@dataclass(frozen=True, slots=True)
class Message:
    """One message without what it may not say; style is None where nobody knows what it is."""

    line: int
    style: Style | None
    document: Document
    dropped: tuple[Unmapped, ...] = ()  #: what the document's own rules do not see

    @property
    def is_test(self) -> bool:
        """Whether it says that it is about nobody."""
        return is_test(self.document.content)

    @property
    def sender(self) -> str | None:
        """The number of the office that wrote it, without the kind of directory before the colon."""
        said = parts.leaf(self.document, ("nachrichtenkopf.g2g", "autor", "kennung"))
        return said.text.rpartition(":")[2] if said else None


def messages(file: BinaryIO) -> Iterator[Message]:
    """Yield the messages of a file from its start; memory does not grow with the file.

    Raises:
        RefusedFileError: not such a file; see adapters.translation.xml.
    """
    shape = Shape(frozenset({XAUSLAENDER, OWN, ""}), _is_message, ignored=frozenset({GRANTED}))
    for element in elements(file, shape):
        if element.path == (CONTAINER,):
            _check_container(element.content, element.line)
            continue
        style = next((style for style in Style if element.path[-1].startswith(style.value)), None)
        if style is None and len(element.path) == 1:
            raise RefusedFileError(
                "This is no answer or report of the register and no course data.",
                line=element.line,
                code="message.unknown",
            )
        for around in element.above:
            if is_test(around) and not is_test(element.content):
                element.content["@test"] = next(value for name, value in around.items() if is_test({name: value}))
        yield _message(element.line, style, element.content)


def _is_message(path: tuple[str, ...]) -> bool:
    return path[0] != CONTAINER or len(path) == 2


def _check_container(content: dict[str, Any], line: int) -> None:
    if any(not name.startswith("@") and text for name, text in content.items()):
        raise RefusedFileError("Something stands between the messages.", line=line, code="xml.malformed")


def _message(line: int, style: Style | None, content: dict[str, Any]) -> Message:
    if ITEMS in content:
        content[ITEMS] = listed(content[ITEMS])  # one item stands where several would
    document = Document(content)
    return Message(line, style, document, (*_without_health(document), *_without_forbidden(document)))


def _without_health(document: Document) -> Iterator[Unmapped]:
    """Take out what says that somebody is deaf or blind: the kind of the course, and advice that names it."""
    for course in parts.places(document, ("kursanmeldedaten",)):
        if any(_is_about_health(document, kind) for kind in parts.places(document, (*course, "kursart"))):
            yield _dropped(document, (*course, "kursart"))
        for test in parts.places(document, (*course, "einstufungstest")):
            advice = document.at((*test, "empfehlung"))
            if isinstance(advice, str) and _HEALTH_WORDS.search(advice):
                yield _dropped(document, (*test, "empfehlung"))


def _without_forbidden(document: Document) -> Iterator[Unmapped]:
    """Take out statements in our own words that may not be held."""
    if OWN_STATEMENT not in document.content:
        return
    kept = []
    for one in listed(document.content.pop(OWN_STATEMENT)):
        why = forbidden(one)
        if why:
            yield Unmapped(f"/{OWN_STATEMENT}/*", kept=False, reason=f"never held: {why}")
        else:
            kept.append(one)
    document.content |= {OWN_STATEMENT: kept} if kept else {}


def _is_about_health(document: Document, path: Path) -> bool:
    kind, label = parts.code(document, path), parts.label(document, path)
    said = [found.text for found in (kind, label) if found]
    return any(text in HEALTH_COURSES or _HEALTH_WORDS.search(text) for text in said)


def _dropped(document: Document, path: Path) -> Unmapped:
    del document.at(path[:-1])[path[-1]]
    return Unmapped(generic(path), kept=False, reason="never held: health")

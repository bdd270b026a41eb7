"""The files of an export, in memory that does not grow with the persons: answers, course data, and persons apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from adapters.bamf.export.granted import granted_element, person_element
from adapters.bamf.export.own import own_message
from adapters.bamf.extras import OWN_STATEMENT
from adapters.bamf.reading import CONTAINER, GRANTED, OWN, XAUSLAENDER, Style
from adapters.contract import Piece
from adapters.translation.xml import built, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Office, Share

#: File and root element of each style that is written; reports of changes are not.
_WRITTEN = {
    Style.ANSWER: ("azr-auskunft.xml", "AZR.Auskunft.Arbeitsvermittlungsdaten"),
    Style.COURSES: ("kursteilnahme.xml", "BAMFTGS.AuskunftKursteilnahme.080015"),
}
#: Persons of whom the agency stated nothing under a number: such a file is for people, our own reader refuses it.
_OTHERS = "freigaben.xml"
#: Elements of the basic schemas that all XAusländer messages share; they stand in no namespace.
_PLAIN = frozenset({"name", "code", "jahr", "jahrMonat", "jahrMonatTag", "jahre", "monate", "nachrichtenkopf.g2g"})
#: The country code below the element of the message it belongs to.
_STATES = frozenset({("staat", "staat"), ("staatsangehoerigkeit", "staat")})
_PREFIXES = {"xauslaender": XAUSLAENDER, "frei": GRANTED, "eigen": OWN}

for _prefix, _namespace in _PREFIXES.items():
    etree.register_namespace(_prefix, _namespace)


def files(shares: Iterator[Share], office: Office, *, at: str) -> Iterator[Piece]:
    """Yield the pieces of all files; a file that would hold nobody is not written."""
    begun: set[str] = set()
    for share in shares:
        name, element = _person(share)
        if name not in begun:
            begun.add(name)
            yield Piece(name, _opening(name, office, at=at))
        yield Piece(name, written(element) + b"\n")
    for name in sorted(begun):
        yield Piece(name, _closing(name))


def namespace_of(path: tuple[str, ...]) -> str:
    """Return where an element of a message belongs."""
    if len(path) > 1 and path[1] == OWN_STATEMENT:
        return OWN
    is_plain = path[-1] in _PLAIN or "nachrichtenkopf.g2g" in path or path[-2:] in _STATES
    return "" if is_plain else XAUSLAENDER


def _person(share: Share) -> tuple[str, etree._Element]:
    message = own_message(share.own)
    if message is None:
        return _OTHERS, person_element(share, namespace_of)
    style, content = message
    name, root = _WRITTEN[style]
    element = built((root,), content, namespace_of)
    if share.granted:
        element.append(granted_element(share.granted, namespace_of))
    return name, element


def _opening(name: str, office: Office, *, at: str) -> bytes:
    root = etree.Element(f"{{{GRANTED}}}personen" if name == _OTHERS else CONTAINER, nsmap=_PREFIXES)
    root.set("erstellt", at)
    root.set("empfaenger", office.number or office.name)
    root.text = "\n"
    begun: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return begun[: begun.rindex(b"</")]


def _closing(name: str) -> bytes:
    return b"</frei:personen>\n" if name == _OTHERS else f"</{CONTAINER}>\n".encode()

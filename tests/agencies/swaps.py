"""Files in which one value stands otherwise or is missing: whoever reads the same out of both has lost that value."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from lxml import etree

from adapters.contract import Record, RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import AgencyAdapter

OTHER = "Zq7x"
Path = tuple[str | int, ...]


def outcome(adapter: AgencyAdapter, content: bytes) -> list[Any]:
    """Return all that is made of a file, fingerprints and lines aside."""
    try:
        made = list(adapter.read(io.BytesIO(content), endpoint_is_test=True))
    except RefusedFileError as refusal:
        return [refusal.reason_code]
    return [(one.key, one.entries, one.changes, one.unmapped) if isinstance(one, Record) else one for one in made]


def dropped(made: list[Any]) -> list[str]:
    """Return the places that were never held, without the numbers of lists."""
    reports = [left for one in made if isinstance(one, tuple) for left in one[3]]
    return [left.path.replace("/*", "") for left in reports if not left.kept]


def json_swaps(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the place of each value of a JSON object, and the object with another value there, then without it.

    The place of a value that is missing begins with a minus.
    """
    document = json.loads(content)
    for path in _places(document, ()):
        name = "".join(f"/{step}" for step in path if isinstance(step, str))
        for is_missing in (False, True):
            other = json.loads(content)
            *above, last = path
            place = other
            for step in above:
                place = place[step]
            if is_missing:
                del place[last]
            else:
                place[last] = OTHER
            yield f"-{name}" if is_missing else name, json.dumps(other).encode()


def csv_swaps(content: bytes, encoding: str) -> Iterator[tuple[str, bytes]]:
    """Yield the column of each cell that says something, and the table with another cell there."""
    header, *rows = csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=";")
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell:
                table = [header, *(list(one) for one in rows)]
                table[number + 1][at] = OTHER
                made = io.StringIO()
                csv.writer(made, delimiter=";", lineterminator="\r\n").writerows(table)
                yield f"/{header[at]}", made.getvalue().encode(encoding)


def xml_swaps(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the place of each attribute and text of a message, and the message with another one there."""
    root = etree.fromstring(content)
    for element in root.iter(etree.Element):
        above = [etree.QName(one).localname for one in element.iterancestors()][::-1][1:]
        path = "".join(f"/{name}" for name in (*above, etree.QName(element).localname)) if element is not root else ""
        for name, said in element.attrib.items():
            element.set(name, OTHER)
            yield f"{path}/@{name}", etree.tostring(root)
            element.set(name, said)
        if element.text and element.text.strip():
            said, element.text = element.text, OTHER
            yield path, etree.tostring(root)
            element.text = said


def _places(value: Any, path: Path) -> Iterator[Path]:  # noqa: ANN401 - any JSON
    below: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if path and not below:
        yield path
    for step, inner in below:
        yield from _places(inner, (*path, step))

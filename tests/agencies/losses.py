"""Where each value of a file went: into an entry as a table says, to the unmapped compartment, or reported as dropped.

Files are read here by plain readers of JSON, XML and CSV that share nothing with the adapters. The tables beside this
module (expected/<sample>.txt) name for each value that is not kept word for word the entry and the field it must stand
in: nothing is found by looking whether some text occurs somewhere.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

import adapters.sandbox
from schemas.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.contract import Record

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("*_0*"))
_TABLES = Path(__file__).parent / "expected"
_XSOZIAL = "urn:beispiel:xsozial-stil:1"
#: In a table, for an entry: none, because it only says where something stands, the same in every file; or every one.
_NONE, _EVERY = "-", "*"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: what an entry must say because of a value."""

    path: str  #: JSON pointer of the value in its record
    entry: str  #: name of an entry, see `statements`; - for none, * for every one
    field: str  #: JSON pointer in the entry
    said: str  #: JSON; or = for the very value
    is_kept_too: bool

    def problems(self, leaf: object, stated: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
        """Yield what does not hold of it."""
        expected = leaf if self.said == "=" else json.loads(self.said)
        if self.entry == _NONE and leaf != expected:
            yield f"{self.path}: the file has {leaf!r}"
        if self.entry == _NONE:
            return
        for name in stated if self.entry == _EVERY else [self.entry]:
            found = dict(leaves(stated.get(name, {}))).get(self.field, "nothing")
            if canonical(found) != canonical(expected):
                yield f"{self.path}: {name}{self.field} is {found!r}, not {expected!r}"


def table(sample: Path) -> dict[str, list[Row]]:
    """Return the rows that belong to each record of a sample, by the record's key."""
    tables: dict[str, list[Row]] = {}
    rows: list[Row] = []
    for line in (_TABLES / f"{sample.stem}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            rows = tables.setdefault(line.removeprefix("== "), [])
        elif line and not line.startswith("#"):
            path, entry, field, said = line.split(" | ")
            rows.append(Row(path.removeprefix("& "), entry, field, said, path.startswith("& ")))
    return tables


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """Yield what holds nothing further, empty lists and objects among it, with its JSON pointer."""
    below: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    )
    if not value or not isinstance(value, dict | list | tuple):
        yield path, value
    for step, inner in below:
        yield from leaves(inner, f"{path}/{str(step).replace('~', '~0').replace('/', '~1')}")


def statements(record: Record) -> dict[str, Mapping[str, Any]]:
    """Return what a record states, named kind#0, kind#1, ...; a change is change#0, its entries change#0:kind#0."""
    named: dict[str, Mapping[str, Any]] = {}
    counts: Counter[str] = Counter()
    for prefix, entry in _entries(record):
        if entry["kind"] != "unmapped.path":
            name = prefix + entry["kind"]
            named[f"{name}#{counts[name]}"] = entry
            counts[name] += 1
    for number, change in enumerate(record.changes):
        named[f"change#{number}"] = {"act": change.act, "reference": change.reference}
    return named


def problems(found: Mapping[str, Any], rows: list[Row], record: Record) -> list[str]:
    """Say which values of a record went nowhere, or in more than one way, and which statements come from nowhere.

    Args:
        found: JSON pointer to value, as `records_of` gives it.
    """
    stated, kept = statements(record), _kept(record)
    expected = defaultdict(list)
    for row in rows:
        expected[row.path].append(row)
    said = [f"{path}: is not in the file" for path in expected.keys() - found.keys()]
    for path, leaf in found.items():
        said += [problem for row in expected[path] for problem in row.problems(leaf, stated)]
        is_kept = _take(kept, path, leaf)
        ways = [bool(expected[path]), is_kept, is_dropped(path, record)]
        is_twice = any(row.is_kept_too for row in expected[path])
        if ways != [True, True, False] if is_twice else sum(ways) != 1:
            said.append(f"{path}: stated, kept, dropped are {ways}")
    said += [f"{name}: no value of the file asks for it" for name in stated.keys() - {row.entry for row in rows}]
    return said + [f"{path}: is kept and not in the file" for path, _ in kept.elements()]


def is_dropped(path: str, record: Record) -> bool:
    """Say whether a record's report names a place, or one above it, as never held."""
    reported = [left.path for left in record.unmapped if not left.kept]
    return any(generic(path) == one or generic(path).startswith(f"{one}/") for one in reported)


def records_of(name: str, content: bytes) -> list[dict[str, Any]]:
    """Return the values of each record of a file, and of the file around it, by JSON pointer."""
    if name.startswith("ba_"):
        document = json.loads(content)
        return [dict(leaves(one)) for one in (document if isinstance(document, list) else [document])]
    if name.endswith(".csv"):
        return list(_rows(content))
    root = etree.fromstring(content)
    if root.tag == f"{{{_XSOZIAL}}}Datenlieferung":
        return list(_persons(root))
    return [dict(_values(root, ""))]


def generic(path: str) -> str:
    """Return a path with a star for each number of a list."""
    return "/".join("*" if step.isdigit() else step for step in path.split("/"))


def _rows(content: bytes) -> Iterator[dict[str, Any]]:
    """Yield each row; an empty cell says nothing."""
    text = content.decode("utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "cp1252")
    for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=";"):
        yield {f"/csv/{name}": cell for name, cell in row.items() if cell}


def _persons(root: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - lxml has no types
    """Yield what is about each person, and what stands around all of them."""
    around = dict(_values(root, ""))
    modules = [(f"/Modul/{at}", module) for at, module in enumerate(root.findall(f"{{{_XSOZIAL}}}Modul"))]
    shared = {path: said for path, said in around.items() if path.count("/") < 4 or not path.startswith("/Modul")}
    for person in modules[0][1]:
        number = person.findtext(f"{{{_XSOZIAL}}}Kundennummer")
        theirs = [row for row in modules[1][1] if row.get("kundennummer") == number]
        yield shared | dict(_values(person, "/Person")) | dict(_values(theirs[0], "/Qualifikation"))


def _values(element: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - lxml has no types
    """Yield attributes and texts; only an element that has siblings of its name has a number in its path."""
    yield from ((f"{path}/@{name}", said) for name, said in element.attrib.items())
    if element.text and element.text.strip():
        yield path, element.text.strip()
    inner = [(etree.QName(one).localname, one) for one in element.iterchildren(etree.Element)]
    several = Counter(name for name, _ in inner)
    met: Counter[str] = Counter()
    for name, one in inner:
        yield from _values(one, f"{path}/{name}/{met[name]}" if several[name] > 1 else f"{path}/{name}")
        met[name] += 1


def _entries(record: Record) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from (("", entry) for entry in record.entries)
    for number, change in enumerate(record.changes):
        yield from ((f"change#{number}:", entry) for entry in change.entries)


def _kept(record: Record) -> Counter[tuple[str, bytes]]:
    kept: Counter[tuple[str, bytes]] = Counter()
    for _, entry in _entries(record):
        if entry["kind"] == "unmapped.path":
            kept.update(
                (path, canonical(leaf)) for path, leaf in leaves(entry["value"]["content"], entry["value"]["path"])
            )
    return kept


def _take(kept: Counter[tuple[str, bytes]], path: str, leaf: object) -> bool:
    """Take a value from what was kept under its path; each is there for one value of the file."""
    for name in (path, f"{path}/#text", generic(path), f"{generic(path)}/#text"):
        if kept[name, canonical(leaf)] > 0:
            kept[name, canonical(leaf)] -= 1
            return True
    return False

"""What no mapping took: kept piece by piece for source and person, except what the registry may never hold."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from adapters.contract import Unmapped
from schemas.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

Path: TypeAlias = tuple[str | int, ...]

#: A piece up to this size stays together, so that one job or one school is one entry.
_PIECE_BYTES = 4096
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

#: Beginnings or parts of folded field names, German and English, that carry what the registry may never hold.
_STEMS = {
    "health": (
        "gesundheit", "krankheit", "erkrankung", "diagnosen", "behinder", "schwanger", "psychisch", "medizinisch",
        "leistungseinschraenkung", "health", "disabilit", "illness", "medical",
    ),
    "religion": ("religion", "konfession", "glaubens", "kirchen", "religious", "faith"),
    "asylum grounds": ("asylgrund", "asylgruend", "fluchtgrund", "fluchtgruend", "verfolgung", "persecution"),
    "travel route": ("fluchtroute", "fluchtweg", "reiseweg", "reiseroute", "travelroute", "escaperoute"),
    "ethnicity": ("ethni", "volkszugeh", "volksgruppe", "stammeszugeh", "hautfarbe", "abstammung"),
}  # fmt: skip
#: As above, but only as the whole name: as a part they would hit others.
_WORDS = {
    "diagnose": "health", "gdb": "health", "gradderb": "health", "mdeg": "health", "reha": "health",
    "glaube": "religion", "clan": "ethnicity", "stamm": "ethnicity", "rasse": "ethnicity", "race": "ethnicity",
}  # fmt: skip
#: Fields whose value says what the object around them is about, and the values that forbid that object.
_CATEGORY_FIELDS = frozenset({"schluesselgruppe", "art", "typ", "kategorie", "thema"})
_POINTER_FIELD = "path"
_CATEGORIES = {
    "health": (
        "gesundheitlich", "behinder", "schwerbehinder", "krankheit", "erkrankung", "leistungseinschraenkung",
        "leistungsfaehigkeit",  # one of the four groups of BA's profiling; what stands in it is mostly about health
    ),
    "religion": ("religion", "konfession"),
    "asylum grounds": ("asylgrund", "asylgruend", "fluchtgrund", "fluchtgruend", "verfolgung"),
    "travel route": ("fluchtroute", "fluchtweg", "reiseweg", "reiseroute"),
    "ethnicity": ("ethni", "volkszugeh", "volksgruppe"),
}  # fmt: skip
_CATEGORY_WORDS = {"gesundheit": "health", "rehabilitation": "health", "reha": "health"}


@dataclass(slots=True)
class Document:
    """A record of which a mapping takes values; whatever it leaves is found again by `leftovers`.

    What the registry may never hold is gone before a mapping can see it, also from the numbers of a list: an item that
    is missing would leave its trace.
    """

    content: dict[str, Any]
    taken: set[Path] = field(default_factory=set)
    units: set[Path] = field(default_factory=set)
    dropped: dict[Path, str] = field(init=False)  #: what was never to be held, by its place in the record as it came

    def __post_init__(self) -> None:
        self.dropped = {} if _is_clean(self.content) else dict(_forbidden((), self.content))
        if self.dropped:
            self.content = permitted(self.content)

    def at(self, path: Path) -> Any:  # noqa: ANN401 - any JSON
        """Return what stands at a path without taking it; None where nothing stands."""
        return value_at(self.content, path)

    def text(self, path: Path) -> str | None:
        """Return the text at a path, None where none stands or only blanks; does not take it."""
        value = self.at(path)
        return value if isinstance(value, str) and value.strip() else None

    def take(self, *paths: Path) -> None:
        """Say that the values at these paths went into entries."""
        self.taken.update(paths)

    def keep_together(self, path: Path) -> None:
        """Say that what stands at a path is one statement, for example an item of a list.

        Where some of it is taken and some is not, it is kept as a whole beside its entries: a remainder without the
        rest could not be put back in its place.
        """
        self.units.add(path)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What goes to the unmapped compartment, and the report of every path."""

    entries: tuple[dict[str, Any], ...]
    report: tuple[Unmapped, ...]


def leftovers(document: Document) -> Leftovers:
    """Return everything nobody took, without what is forbidden; each leaf is found again in one of both."""
    gone = _gone(document)
    split = _split(gone)
    entries, report = [], []
    for path, content in _pieces((), document.content, gone=gone, split=split):
        entries.append({"kind": "unmapped.path", "value": {"path": pointer(path), "content": content}})
        report += [
            Unmapped(generic(leaf), kept=True, reason="not mapped")
            for leaf in _leaves(path, content)
            if not _is_below(leaf, document.taken)
        ]
    report += [
        Unmapped(generic(path), kept=False, reason=f"never held: {why}") for path, why in document.dropped.items()
    ]
    return Leftovers(tuple(entries), tuple(dict.fromkeys(report)))


def value_at(content: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands at a path of a document; None where nothing stands."""
    for step in path:
        if isinstance(content, dict) and isinstance(step, str):
            content = content.get(step)
        elif isinstance(content, list) and isinstance(step, int) and step < len(content):
            content = content[step]
        else:
            return None
    return content


def permitted(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a copy without the forbidden places."""
    if isinstance(value, dict):
        return {key: permitted(below) for key, below in value.items() if not _why_forbidden(key, below)}
    if isinstance(value, list):
        return [permitted(below) for index, below in enumerate(value) if not _why_forbidden(index, below)]
    return value


def pointer(path: Path) -> str:
    """Write a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def generic(path: Path) -> str:
    """Write a path as a JSON pointer whose indexes are `*`: the same for all records of a file."""
    return pointer(tuple("*" if isinstance(step, int) else step for step in path))


def _gone(document: Document) -> Set[Path]:
    """Return what was taken, but of a unit all or nothing."""
    kept: set[Path] = set()
    split = _split(document.taken) if document.units else set()
    for unit in document.units:
        rest = _pieces(unit, document.at(unit), gone=document.taken, split=split)
        if next(rest, None) is not None:
            kept.add(unit)
    return {path for path in document.taken if not _is_below(path, kept)} if kept else document.taken


def _split(gone: Set[Path]) -> Set[Path]:
    return {path[:length] for path in gone for length in range(len(path))}


def _is_below(path: Path, places: Set[Path]) -> bool:
    return bool(places) and any(path[:length] in places for length in range(1, len(path) + 1))


def _pieces(path: Path, value: object, *, gone: Set[Path], split: Set[Path]) -> Iterator[tuple[Path, object]]:
    if path in gone:
        return
    children = _children(value)
    if path and (not children or (path not in split and _is_one_piece(value))):
        yield path, value
        return
    for step, below in children:
        yield from _pieces((*path, step), below, gone=gone, split=split)


def _is_one_piece(value: object) -> bool:
    # a list of objects holds many statements, for example jobs: each is a piece of its own
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return False
    return len(canonical(value)) <= _PIECE_BYTES


def _leaves(path: Path, value: object) -> Iterator[Path]:
    children = _children(value)
    if not children:
        yield path
    for step, below in children:
        yield from _leaves((*path, step), below)


def _is_clean(content: object) -> bool:
    """Say whether nothing in a document can be forbidden: most are, and to see it takes no paths."""
    level = [content]
    while level:
        value = level.pop()
        if isinstance(value, dict):
            for name, below in value.items():
                if _what_named(name) or (isinstance(below, str) and _what_told(name, below)):
                    return False
                if isinstance(below, dict | list):
                    level.append(below)
        elif isinstance(value, list):
            level.extend(below for below in value if isinstance(below, dict | list))
    return True


def _forbidden(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    for step, below in _children(value):
        why = _why_forbidden(step, below)
        if why:
            yield (*path, step), why
        else:
            yield from _forbidden((*path, step), below)


def _why_forbidden(step: str | int, value: object) -> str | None:
    if isinstance(step, str) and (why := _what_named(step)):
        return why
    if isinstance(value, dict):
        told = (_what_told(key, text) for key, text in value.items() if isinstance(text, str))
        return next(filter(None, told), None)
    return None


@lru_cache(maxsize=4096)
def _what_named(name: str) -> str | None:
    folded = _folded(name)
    found = (what for what, stems in _STEMS.items() if any(stem in folded for stem in stems))
    return _WORDS.get(folded) or next(found, None)


def _what_told(name: str, text: str) -> str | None:
    """Return what a field says its object is about: a category, or the path of what was kept unmapped (RFC 6901)."""
    if name == _POINTER_FIELD:
        return next(filter(None, map(_what_named, text.split("/"))), None)
    return _what_category(text) if _is_category(name) else None


@lru_cache(maxsize=4096)
def _is_category(name: str) -> bool:
    return _folded(name) in _CATEGORY_FIELDS


def _what_category(text: str) -> str | None:
    folded = _folded(text)
    found = (what for what, stems in _CATEGORIES.items() if folded.startswith(stems))
    return _CATEGORY_WORDS.get(folded) or next(found, None)


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    # composed first: an umlaut can come as two letters
    german = unicodedata.normalize("NFKC", name).casefold().translate(_UMLAUTS)
    return "".join(letter for letter in unicodedata.normalize("NFKD", german) if letter.isalnum())


def _children(value: object) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []

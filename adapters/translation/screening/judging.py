"""Entries without what their free texts tell and the registry may never hold, and a report of each place.

Looked at are the texts that speak of the person: needs, pathway, residence, working status and mobility with what they
rest on, labels of reported codes everywhere, and what no mapping took. Titles of occupations, skills, education,
providers and employers are names of something else and are left alone, also in what no mapping took.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from marshmallow import ValidationError

from adapters.contract import Unmapped
from adapters.translation.leftovers import generic
from adapters.translation.screening.spoken import plain, told
from schemas.entries import load_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from adapters.translation.leftovers import Path

_UNMAPPED = "unmapped.path"
_SPOKEN = ("needs.", "pathway.", "residence.", "work.status", "goals.mobility")
_LABELS = "reported"
#: Fields of our values that name something.
_NAMES = frozenset({"occupation", "provider", "employer", "place"})
#: How fields of a source begin that name occupations, skills, education and employers, with all that is in them.
_NAMED = (
    "ausbildung", "beruf", "zielberuf", "fertigkeit", "staerke", "myskills", "schul", "hochschul", "studi",
    "arbeitgeber", "betrieb", "firma", "institution", "traeger", "dienststelle", "absender", "referenzberuf", "kldb",
    "familienname", "vorname", "nachname", "name", "ort", "strasse", "employer", "occupation", "skill",
)  # fmt: skip
#: How fields begin that hold remarks, wherever they stand.
_REMARKS = ("bemerk", "notiz", "anmerk", "hinweis", "kommentar", "freitext", "text", "begruend", "remark", "note")


@dataclass(frozen=True, slots=True)
class Judged:
    """What may be held of a record's entries, and each place that may not."""

    entries: tuple[Mapping[str, Any], ...]
    dropped: tuple[Unmapped, ...] = ()

    def fingerprinted(self, content: object) -> object:
        """Return what a fingerprint of the record covers: its content, unless that holds what was dropped."""
        return list(self.entries) if self.dropped else content

    def report(self, paths: Iterable[Unmapped]) -> tuple[Unmapped, ...]:
        """Return a record's report, in which nothing that was dropped is still called kept."""
        gone = {one.path for one in self.dropped} - self._kept() if self.dropped else frozenset()
        return tuple(dict.fromkeys(chain((one for one in paths if not (one.kept and one.path in gone)), self.dropped)))

    def _kept(self) -> set[str]:
        return {
            generic((*_steps(entry), *path))
            for entry in self.entries
            if entry["kind"] == _UNMAPPED
            for path, _ in _texts((), entry["value"].get("content"))
        }


def judged(entries: Iterable[Mapping[str, Any]], content: object) -> Judged:
    """Drop what entries tell and may not.

    A need is dropped whole: its heading or next step would tell the rest. Of any other entry the text is dropped, and
    the entry with it where it says nothing without.

    Args:
        content: the record they were made of, in which the places are named.
    """
    kept: list[Mapping[str, Any]] = []
    dropped: list[Unmapped] = []
    for entry in entries:
        found = list(_forbidden(entry))
        if not found:
            kept.append(entry)
            continue
        rest = _without(entry, [path for path, _, _ in found])
        if rest is not None:
            kept.append(rest)
        dropped += _report(entry, found, content, is_whole=rest is None)
    return Judged(tuple(kept), tuple(dict.fromkeys(dropped)))


def _forbidden(entry: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """Yield path in the entry, text and reason of each text that tells what may not be held."""
    for path, text in _spoken(entry):
        why = told(text)
        if why:
            yield path, text, why


def _spoken(entry: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    kind, value = entry["kind"], entry["value"]
    if not isinstance(kind, str) or not isinstance(value, dict):
        return  # not an entry: whoever checks entries refuses it
    if kind == _UNMAPPED:
        above = _step_names(entry)
        for path, text in _texts(("value", "content"), value.get("content")):
            if not _is_name(above, path[2:]):
                yield path, text
    elif kind.startswith(_SPOKEN):
        for path, text in _texts(("value",), value):
            if path[1] not in _NAMES:
                yield path, text
        for name in ("evidence", "reference"):
            yield from _texts((name,), entry.get(name))
    elif _LABELS in value:
        yield from _texts(("value", _LABELS), value[_LABELS])


def _is_name(above: tuple[str, ...], path: Path) -> bool:
    """Say whether a field of a source names something and tells nothing of the person."""
    names = [*above, *(step for step in path if isinstance(step, str) and step != "#text")]
    if names and _is_one_of(names[-1], _REMARKS):
        return False
    return any(_is_one_of(name, _NAMED) for name in names)


@lru_cache(maxsize=8192)
def _is_one_of(name: str, beginnings: tuple[str, ...]) -> bool:
    return plain(name.lstrip("@")).startswith(beginnings)


def _step_names(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(step for step in _steps(entry) if isinstance(step, str) and step != "#text")


def _without(entry: Mapping[str, Any], paths: list[Path]) -> Mapping[str, Any] | None:
    if entry["kind"].startswith("needs."):
        return None
    gone = {path[:3] if path[:2] == ("value", _LABELS) else path for path in paths}
    rest: dict[str, Any] = _cut((), dict(entry), gone)
    if "value" not in rest or (entry["kind"] == _UNMAPPED and "content" not in rest["value"]):
        return None
    try:
        load_value(rest["kind"], rest["value"])
    except ValidationError:
        return None
    return rest


def _cut(path: Path, value: Any, gone: set[Path]) -> Any:  # noqa: ANN401 - any JSON
    """Return a copy without some places; what is empty without them is gone too."""
    if isinstance(value, dict):
        cut = {name: _cut((*path, name), below, gone) for name, below in value.items() if (*path, name) not in gone}
        return {name: below for name, below in cut.items() if below not in ({}, []) or value[name] in ({}, [])}
    if isinstance(value, list):
        return [_cut((*path, at), below, gone) for at, below in enumerate(value) if (*path, at) not in gone]
    return value


def _report(
    entry: Mapping[str, Any], found: list[tuple[Path, str, str]], content: object, *, is_whole: bool
) -> Iterator[Unmapped]:
    for path, text, why in found:
        reason = f"never held: {why}"
        if entry["kind"] == _UNMAPPED:
            yield Unmapped(generic((*_steps(entry), *path[2:])), kept=False, reason=reason)
            continue
        places = _places(content, text) or [generic(("einmal", entry["kind"], *path))]
        yield from (Unmapped(place, kept=False, reason=reason) for place in places)
    if is_whole and entry["kind"] != _UNMAPPED:
        told_of = {text for _, text, _ in found}
        reason = f"never held: {found[0][2]}"
        for _, text in _texts((), [entry["value"], entry.get("evidence")]):
            if text not in told_of:
                same = _places(content, text, is_whole=True)
                yield from (Unmapped(place, kept=False, reason=reason) for place in same)


def _places(content: object, text: str, *, is_whole: bool = False) -> list[str]:
    """Return where a text stands in a record, alone or in a longer one."""
    words = plain(text)
    return [
        generic(path)
        for path, said in _texts((), content)
        if words and (plain(said) == words if is_whole else words in plain(said))
    ]


def _steps(entry: Mapping[str, Any]) -> Path:
    """Return the path of what was kept unmapped; `*` and digits are places in lists."""
    steps = str(entry["value"].get("path", "")).split("/")[1:]
    named = (step.replace("~1", "/").replace("~0", "~") for step in steps)
    return tuple(0 if step == "*" or (step.isascii() and step.isdecimal()) else step for step in named)


def _texts(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _texts((*path, name), below)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _texts((*path, index), below)

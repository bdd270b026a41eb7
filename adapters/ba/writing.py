"""What BA's own office stated about one person, as a profile in BA's form; read again, it gives the same entries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from adapters.ba.additions import added, recorded_here, set_others_aside
from adapters.ba.others import from_others
from adapters.ba.rebuilding import NoPlaceError, list_item, merge, rebuilt
from adapters.ba.sections.abilities import part_of_skills
from adapters.ba.sections.education import zab_subject
from adapters.ba.statements import day_of, entries_of, part_of, said_in
from adapters.translation.leftovers import Document, leftovers, value_at
from adapters.translation.statements import FIELDS, UNMAPPED, bare, nested

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from adapters.ba.rebuilding import Kept
    from adapters.ba.sections.said import Part, Said
    from adapters.contract import Share
    from adapters.translation.leftovers import Path

_WORDS = tuple(name for name in FIELDS if name != "valid_from")
_ENCODER = msgspec.json.Encoder(order="sorted")
_SKILL = "skills.skill"


def profile_of(share: Share, *, at: str) -> dict[str, Any]:
    """Return the profile of one person.

    What the office stated goes into BA's fields where reading them gives exactly that entry, else word for word into
    a field of ours (see additions). That the whole gives the same entries again is checked, not hoped for: where
    what was kept unmapped does not find its place, only its outermost fields are put back, and else none.
    """
    own = [bare(entry) for entry in share.own]
    others, mark = from_others(share.granted), recorded_here(own, share.appearance)
    unmapped = [entry for entry in own if entry["kind"] == UNMAPPED]
    fields = [entry for entry in unmapped if entry["value"]["path"].count("/") == 1]
    for kept in (unmapped, fields, []):
        try:
            draft = _Draft(own, kept)
            profile = draft.finished()
        except NoPlaceError:
            continue
        profile |= added(draft.days_apart(), draft.unsaid(), others, mark=mark, at=at)
        if _says(profile) == Counter(map(_words_and_day, own)):
            return profile
    return added([], own, others, mark=mark, at=at)


@dataclass(slots=True)
class _Open:
    """Entries that are not written yet, by what they say."""

    by_words: dict[bytes, list[Mapping[str, Any]]] = field(default_factory=dict)

    def add(self, entry: Mapping[str, Any]) -> None:
        self.by_words.setdefault(_words(entry), []).append(entry)

    def holds(self, entry: Mapping[str, Any]) -> bool:
        return any(one is entry for one in self.by_words.get(_words(entry), ()))

    def use(self, statements: Iterable[Said], day: str | None = None) -> list[tuple[Path, Mapping[str, Any]]]:
        """Take the entries that a part says; those of this day first where several say the same.

        Raises:
            NoPlaceError: the part says something that no entry says; nothing is taken.
        """
        used: list[tuple[Path, Mapping[str, Any]]] = []
        for path, entry in statements:
            candidates = self.by_words.get(_words(entry))
            if not candidates:
                for _, back in used:
                    self.add(back)
                raise NoPlaceError
            chosen = next((one for one in candidates if one.get("valid_from") == day), candidates[0])
            candidates[:] = [one for one in candidates if one is not chosen]
            used.append((path, chosen))
        return used

    def rest(self) -> list[Mapping[str, Any]]:
        return [entry for entries in self.by_words.values() for entry in entries]


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of a list of statements, and the entries it says."""

    content: Any
    entries: list[Mapping[str, Any]]


class _Draft:
    """A profile that grows part by part, and the entries that it does not say yet."""

    def __init__(self, own: list[dict[str, Any]], unmapped: list[dict[str, Any]]) -> None:
        """Begin with what was kept unmapped, then write entry by entry.

        Raises:
            NoPlaceError: what was kept has no place, or says something that is not stated any more.
        """
        kept = rebuilt(unmapped)
        self.profile, self.open = kept.content, _Open()
        self.fixed: dict[Path, dict[int, _Item]] = {}
        self.free: dict[Path, list[_Item]] = {}
        self.days: list[tuple[Path, Mapping[str, Any]]] = []
        self.unplaced = [entry for entry in own if entry["kind"] == UNMAPPED and entry not in unmapped]
        mapped = [entry for entry in own if entry["kind"] != UNMAPPED]
        for stated in mapped:
            self.open.add(stated)
        self._begin(kept)
        for entry, parts in (*_ways(mapped), *_skill_ways(mapped)):
            self._lay(entry, parts)

    def finished(self) -> dict[str, Any]:
        """Return the profile with its lists.

        Raises:
            NoPlaceError: an item that was kept cannot have its old number any more.
        """
        for path in dict.fromkeys((*self.fixed, *self.free)):
            fixed, free = self.fixed.get(path, {}), self.free.get(path, [])
            length = len(fixed) + len(free)
            if max(fixed, default=0) >= length:
                raise NoPlaceError
            following = iter(free)
            items = [fixed[index] if index in fixed else next(following) for index in range(length)]
            merge(self.profile, nested(path, [item.content for item in items]))
            self.days += [((*path, index), entry) for index, item in enumerate(items) for entry in item.entries]
        return self.profile

    def days_apart(self) -> list[tuple[Path, Mapping[str, Any]]]:
        """Return the entries whose day is not that of the finished profile, with their places."""
        day = day_of(Document(self.profile))
        return [(path, entry) for path, entry in self.days if entry.get("valid_from") != day]

    def unsaid(self) -> list[dict[str, Any]]:
        """Return the entries that BA's fields do not say."""
        return self.unplaced + [dict(entry) for entry in self.open.rest()]

    def _begin(self, kept: Kept) -> None:
        self.days += self.open.use(said_in(Document(kept.content)))
        for path, items in kept.items.items():
            for index, item in items.items():
                used = self.open.use(said_in(Document(nested(path, [item]))))
                self.fixed.setdefault(path, {})[index] = _Item(item, [entry for _, entry in used])

    def _lay(self, entry: Mapping[str, Any], parts: Iterable[Part]) -> None:
        """Write an entry in the first way that says it and nothing that is not stated."""
        for part in parts:
            if not part or not self.open.holds(entry):
                return
            try:
                used = self.open.use(said_in(Document(part)), entry.get("valid_from"))
            except NoPlaceError:
                continue
            if any(one is entry for _, one in used) and self._is_placed(part, used):
                return
            for _, back in used:
                self.open.add(back)

    def _is_placed(self, part: Part, used: list[tuple[Path, Mapping[str, Any]]]) -> bool:
        found = list_item(part)
        if found and value_at(self.profile, found[0]) is None:
            path, content = found
            self.free.setdefault(path, []).append(_Item(content, [entry for _, entry in used]))
            return True
        if found or any(value_at(part, path) is not None for path in self.fixed.keys() | self.free.keys()):
            return False
        try:
            merge(self.profile, part)
        except NoPlaceError:
            return False
        self.days += used
        return True


def _ways(own: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], list[Part]]]:
    """Yield entries with the ways to write them; with the statement of comparability first, where there is one."""
    entries = list(own)
    comparable = dict(filter(None, (zab_subject(entry["kind"], entry["value"]) for entry in entries)))
    for entry in entries:
        if entry["kind"] != _SKILL:
            ways = [part_of(entry, comparable)]
            yield entry, ways if not comparable else [*ways, part_of(entry, {})]


def _skill_ways(own: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], list[Part]]]:
    """Yield skills by group and day: all of them together first, then those that this has left one by one."""
    groups: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
    for entry in own:
        if entry["kind"] == _SKILL:
            groups.setdefault((entry["value"].get("group"), entry.get("valid_from")), []).append(entry)
    for (group, _), entries in groups.items():
        yield entries[0], [part_of_skills(group, [entry["value"] for entry in entries])]
        for entry in entries:
            yield entry, [part_of_skills(group, [entry["value"]])]


def _says(profile: dict[str, Any]) -> Counter[bytes]:
    """Return what reading a profile would give."""
    document = Document(profile)
    set_others_aside(document)
    entries = entries_of(document)
    return Counter(map(_words_and_day, (*entries, *leftovers(document).entries)))


def _words(entry: Mapping[str, Any]) -> bytes:
    """Return what an entry says but its day, so that equal entries are equal."""
    return _ENCODER.encode([entry.get(name) for name in _WORDS])


def _words_and_day(entry: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode([entry.get(name) for name in FIELDS])

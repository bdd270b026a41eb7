"""What an entry is about: which new statement takes an old one's place, and which only stands beside it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from uuid import UUID

    from schemas.entries import Entry

_OCCUPATION = ("occupation.kldb", "occupation.title", "occupation.dkz", "occupation.isco", "occupation.esco")
_REPORTED = "reported.0.scheme"

#: Where a kind says what it is about: the first of these paths that is filled. A kind that is not here can be said of a
#: person once, such as the birth date.
SUBJECTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "identity.name": ("form",),
        "contact.phone": ("type",),
        "languages.language": ("language", "as_said"),
        "languages.literacy": ("script",),
        "education.school": ("institution", "as_said", _REPORTED),
        "education.university": ("subject", "institution", "as_said", _REPORTED),
        "education.vocational": (*_OCCUPATION, "as_said", "institution", _REPORTED),
        "education.further": ("as_said", "institution", _REPORTED),
        "work.experience": _OCCUPATION,
        "skills.skill": ("name",),
        "skills.strength": ("name",),
        "skills.licence": ("code", "name", "type"),
        "skills.assessment": ("instrument",),
        "recognition.procedure": ("subject", *_OCCUPATION, _REPORTED),
        "recognition.comparability": ("subject",),
        "pathway.course": ("as_said", "type"),
        "pathway.entitlement": ("type",),
        "pathway.placement-test": ("date",),
        "pathway.measure": ("name",),
        "pathway.placement": (*_OCCUPATION, "employer"),
        "pathway.outcome": ("subject",),
        "needs.training": ("text",),
        "needs.language": ("text",),
        "needs.recognition": ("text",),
        "needs.support": ("text",),
        "needs.childcare": ("text",),
        "goals.occupation": _OCCUPATION,
        "goals.training": (*_OCCUPATION, "text"),
        "unmapped.path": ("path",),
    }
)
#: What keeps two statements with one subject apart where both say it, and differently: two jobs in one occupation.
APART: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "identity.name": ("script",),
        "education.school": ("start", "country"),
        "education.university": ("start", "country", "degree"),
        "education.vocational": ("start", "country"),
        "education.further": ("start",),
        "work.experience": ("start", "employer", "country"),
        "skills.skill": ("group",),
        "skills.licence": ("type", "country"),
        "skills.assessment": ("date", "occupation.title"),
        "recognition.procedure": ("country",),
        "recognition.comparability": ("issuer",),
        "pathway.course": ("start", "type", "target_level"),
        "pathway.measure": ("start",),
        "pathway.placement": ("start", "employer"),
        "pathway.outcome": ("date",),
        "goals.training": ("start",),
    }
)


def heirs(outdated: Iterable[Entry], fresh: Sequence[Entry]) -> dict[UUID, Entry]:
    """Return the new entry for each old one that it takes the place of, by the old one's id.

    The source's own reference counts first, then the subject. Where two could take a place nobody does: an entry that
    ends beside a new one is no loss, two different jobs taken for one would be.
    """
    olds = list(outdated)
    pairs: dict[UUID, Entry] = {}
    keys: tuple[Callable[[Entry], Hashable], ...] = (_reference, _subject)
    for key_of in keys:
        groups = _grouped(fresh, key_of)
        left: list[Entry] = []
        for key, same in _grouped(olds, key_of).items():
            left += _paired(same, [] if key is None else groups.get(key, []), pairs)
        taken = {new.id for new in pairs.values()}
        olds, fresh = left, [new for new in fresh if new.id not in taken]
    return pairs


def _paired(olds: Sequence[Entry], news: Sequence[Entry], pairs: dict[UUID, Entry]) -> list[Entry]:
    """Add to the pairs those that fit nobody else, and return the old entries that stay without an heir."""
    left = []
    for old in olds:
        fitting = [new for new in news if _may_follow(old, new)]
        if len(fitting) == 1 and sum(_may_follow(other, fitting[0]) for other in olds) == 1:
            pairs[old.id] = fitting[0]
        else:
            left.append(old)
    return left


def _may_follow(old: Entry, new: Entry) -> bool:
    if old.reference and new.reference:
        return old.reference == new.reference
    return not any(_differ(_at(old.value, path), _at(new.value, path)) for path in APART.get(old.kind, ()))


def _differ(one: object, other: object) -> bool:
    """Say whether both are known and contradict each other; a partial date does not contradict its completion."""
    if isinstance(one, str) and isinstance(other, str):
        return not (one.startswith(other) or other.startswith(one))
    return one is not None and other is not None and one != other


def _grouped(entries: Iterable[Entry], key_of: Callable[[Entry], Hashable]) -> dict[Hashable, list[Entry]]:
    groups: dict[Hashable, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key_of(entry), []).append(entry)
    return groups


def _reference(entry: Entry) -> tuple[str, str] | None:
    return (entry.kind, entry.reference) if entry.reference else None


def _subject(entry: Entry) -> tuple[str, str, object]:
    for path in SUBJECTS.get(entry.kind, ()):
        said = _at(entry.value, path)
        if said is not None:
            return entry.kind, path, said
    return entry.kind, "", None


def _at(value: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands at a dotted path of an entry's value, or None."""
    for step in path.split("."):
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
        else:
            value = value.get(step) if hasattr(value, "get") else None
    return value

"""Where sources say different things about the same question: shown side by side, settled by people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from schemas.compartments import section_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from uuid import UUID

    from registry.profiles.reading import OpenedCompartment
    from schemas.compartments import Section
    from schemas.entries import Entry

#: (question, scale, answer): answers are compared where question and scale are the same.
Claim: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One question to which appearances give answers that have nothing in common."""

    section: Section | None
    question: str  #: the entry kind, with what tells apart entries of one kind: "languages.language:de:overall"
    entries: tuple[UUID, ...]  #: all that answer it, in the order they were opened


def contradictions(opened: Iterable[OpenedCompartment]) -> list[Contradiction]:
    """Return where standing entries of different appearances contradict each other.

    Words on different scales are not compared, and of several certificates the one does not contradict the other.
    """
    held = list(opened)
    if len({one.appearance_id for one in held}) < 2:
        return []
    answers: dict[str, dict[UUID, set[tuple[str, str]]]] = {}
    said: dict[str, dict[UUID, Section | None]] = {}
    for one in held:
        for entry in one.current:
            for question, scale, answer in _claims(entry):
                answers.setdefault(question, {}).setdefault(one.appearance_id, set()).add((scale, answer))
                said.setdefault(question, {})[entry.id] = section_of(one.compartment)
    found = {question for question, by_source in answers.items() if _differ(question, list(by_source.values()))}
    return [
        Contradiction(next(iter(entries.values())), question, tuple(entries))
        for question, entries in said.items()
        if question in found
    ]


def _differ(question: str, sets: list[set[tuple[str, str]]]) -> bool:
    """Say whether two sources answer on a scale that both use, and agree on none of these."""
    same = _same_date if question == "identity.birth-date" else str.__eq__
    for at, first in enumerate(sets):
        for second in sets[at + 1 :]:
            comparable = [(one, other) for scale, one in first for scale_, other in second if scale == scale_]
            if comparable and not any(same(one, other) for one, other in comparable):
                return True
    return False


def _same_date(one: str, other: str) -> bool:
    """Say whether two birth dates can be the same: "1987-03" and "1987-03-01" can, and what is only a stand-in."""
    shorter, longer = sorted((one, other), key=len)
    return longer.startswith(shorter)


def _claims(entry: Entry) -> Iterator[Claim]:
    claims = _CLAIMS.get(entry.kind)
    if claims is not None:
        for question, scale, answer in claims(entry.value):
            yield f"{entry.kind}{question and ':'}{question}", scale, answer


def _birth(value: Mapping[str, Any]) -> Iterator[Claim]:
    date = str(value["date"])
    yield "", "", date[:4] if value.get("placeholder_suspected") else date


def _sex(value: Mapping[str, Any]) -> Iterator[Claim]:
    if value["code"] != "x":
        yield "", "", value["code"]


def _nationality(value: Mapping[str, Any]) -> Iterator[Claim]:
    yield "", "", value.get("country") or value["status"]


def _language(value: Mapping[str, Any]) -> Iterator[Claim]:
    name = value["language"] or value["as_said"].casefold()
    for level in value["levels"]:
        yield f"{name}:{level['skill']}", level["scale"], level["code"]


def _school(value: Mapping[str, Any]) -> Iterator[Claim]:
    if "german_leaving" in value:
        yield "", "leaving", value["german_leaving"]
    elif "last_class" in value:
        yield "", "leaving", f"class {value['last_class']}"


def _vocational(value: Mapping[str, Any]) -> Iterator[Claim]:
    if "has_qualification" in value:
        yield "", "", str(value["has_qualification"])


def _recognition(value: Mapping[str, Any]) -> Iterator[Claim]:
    # Offices name what is recognised in words of their own: by subject, no two would ever be compared.
    if value["state"] != "unclear":
        yield "", "", value["state"]


def _goal(value: Mapping[str, Any]) -> Iterator[Claim]:
    occupation = value["occupation"]
    code = (occupation.get("kldb") or occupation.get("dkz") or "")[:5]
    # By title only where one side knows no code: the same words are the same goal, with a code or without.
    for scheme, said in (("kldb", code), ("esco", occupation.get("esco")), ("title", occupation.get("title"))):
        if said:
            yield "", scheme, str(said).casefold()


def _licence(value: Mapping[str, Any]) -> Iterator[Claim]:
    # Of two classes the one does not contradict the other; "none at all" contradicts any.
    yield value["type"], "", "some" if value["holds"] else "none"


def _status(value: Mapping[str, Any]) -> Iterator[Claim]:
    yield "", "", value["status"]


_CLAIMS: dict[str, Callable[[Mapping[str, Any]], Iterator[Claim]]] = {
    "identity.birth-date": _birth,
    "identity.sex": _sex,
    "identity.nationality": _nationality,
    "languages.language": _language,
    "education.school": _school,
    "education.vocational": _vocational,
    "recognition.procedure": _recognition,
    "goals.occupation": _goal,
    "skills.licence": _licence,
    "work.status": _status,
}

"""Reading asks for proof: with an admission the keeper opens, and entries come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from consent.permits import AccessRequest
from registry import access
from registry.db import Sessions
from registry.errors import NotFound
from registry.keys.client import KEEPER
from registry.profiles import appearances
from registry.profiles.entries import stands
from registry.wire import documents, messages
from schemas.compartments import Compartment, Section, section_of
from schemas.entries import Entry, entries_of
from schemas.vocabularies.access import Lane, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from registry.access import Admission
    from registry.actors import Officer, PersonActor, RunActor
    from schemas.vocabularies.access import AgencyKind


_SECTIONS = {compartment.value: section_of(compartment) for compartment in Compartment}


@dataclass(frozen=True, slots=True)
class OpenedCompartment:
    """The entries of one compartment of one appearance; `version` is what a correction must name."""

    appearance_id: UUID
    compartment: Compartment
    version: int
    entries: tuple[Entry, ...]

    @property
    def current(self) -> tuple[Entry, ...]:
        """Return the entries that stand: neither superseded nor ended."""
        return tuple(one for one in self.entries if stands(one))


def open_compartments(admission: Admission, actor: Officer | RunActor) -> list[OpenedCompartment]:
    """Return what the admission opens, each compartment of each appearance once."""
    return read(open_contents(admission, actor))


def open_contents(admission: Admission, actor: Officer | RunActor) -> list[messages.Opened]:
    """Return the same as `open_compartments`, as the keeper tells it: for whom nothing but JSON is made of it."""
    if len(admission.said) == 1:
        return KEEPER.ask(_question(actor, admission.said[0]), messages.Plaintext).opened
    opened: dict[tuple[UUID, str], messages.Opened] = {}
    for said in admission.said:
        for one in KEEPER.ask(_question(actor, said), messages.Plaintext).opened:
            opened.setdefault((one.appearance_id, one.compartment), one)
    return list(opened.values())


def read(contents: Iterable[messages.Opened]) -> list[OpenedCompartment]:
    """Return the entries of what was opened."""
    return [_compartment(one) for one in contents]


def open_own(
    actor: RunActor, kind: AgencyKind, *, person: UUID, appearance: UUID, now: datetime
) -> list[OpenedCompartment]:
    """Return all of an appearance that the run's agency is the source of, unmapped paths included; a line tells of it.

    Raises:
        KeeperRefused: it is another's, or no more this person's.
    """
    request = AccessRequest(
        person_id=person,
        agency_id=actor.agency_id,
        agency_kind=kind,
        purpose=Purpose.INTAKE,
        compartments=frozenset(Compartment),
        lane=Lane.OWN,
        own_appearances=(appearance,),
    )
    return open_compartments(access.authorise(request, actor, now), actor)


def open_self(actor: PersonActor) -> list[OpenedCompartment]:
    """Return everything about the person, for herself; a line tells that she looked.

    Raises:
        NotFound: nothing is kept about her any more.
    """
    with Sessions() as session:
        hers = [row.id for row in appearances.appearances_of(session, actor.id) if row.basis != "decided"]
    if not hers:
        raise NotFound("Nothing is kept about you.")
    question = messages.OpenSelf(actor.token, hers, [compartment.value for compartment in Compartment])
    return read(KEEPER.ask(question, messages.Plaintext).opened)


def open_own_word(
    actor: PersonActor, own: Sequence[UUID], compartments: Iterable[Compartment]
) -> list[OpenedCompartment]:
    """Return what she said herself in some compartments; a line tells that she looked.

    Args:
        own: her own appearances; of none nothing is opened, and there is no line.
    """
    if not own:
        return []
    question = messages.OpenSelf(actor.token, list(own), [one.value for one in compartments])
    return read(KEEPER.ask(question, messages.Plaintext).opened)


def by_section(opened: Iterable[OpenedCompartment]) -> dict[Section | None, list[Entry]]:
    """Return the standing entries of each section over all appearances; unmapped ones under None."""
    sections: dict[Section | None, list[Entry]] = {}
    for one in opened:
        sections.setdefault(section_of(one.compartment), []).extend(one.current)
    return sections


def pieces_by_section(contents: Iterable[messages.Opened]) -> dict[Section | None, list[msgspec.Raw]]:
    """Return the same as `by_section` of what was read, each entry as the JSON that was sealed."""
    sections: dict[Section | None, list[msgspec.Raw]] = {}
    for one in contents:
        if pieces := documents.standing_pieces(one.content):
            sections.setdefault(_SECTIONS[one.compartment], []).extend(pieces)
    return sections


def _question(actor: Officer | RunActor, said: messages.Said) -> messages.Open:
    token = getattr(actor, "token", None)
    return messages.Open(said, session=token) if token else messages.Open(said, run=actor.id)


def _compartment(one: messages.Opened) -> OpenedCompartment:
    # What was sealed was canonical, and opening proved it unchanged: no need to parse as strictly as at the door.
    entries = entries_of(msgspec.json.decode(one.content))
    return OpenedCompartment(one.appearance_id, Compartment(one.compartment), one.version, entries)

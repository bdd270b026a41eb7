"""Appearances and their sealed compartments, as rows the keeper made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import astuple
from sqlalchemy import delete, func, select, update

from registry.db import bucket_of, copy_in, copy_rows, on
from registry.errors import NotFound, RegistryError
from registry.profiles.models import Appearance, Person, SealedCompartment
from registry.wire.rows import AppearanceRow, SealedRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session


class Conflict(RegistryError):  # noqa: N818 - what is the case
    """Somebody changed it meanwhile; load it again and decide anew."""

    code = "changed-meanwhile"


def keep_births(session: Session, appearances: Sequence[AppearanceRow], sealed: Sequence[SealedRow]) -> None:
    """Store new appearances with their compartments; a person first seen in one of them is stored too."""
    if not appearances:
        return
    born = [
        {"bucket": bucket_of(row.person_id), "id": row.person_id, "created_on": row.created_on}
        for row in appearances
        if row.basis == "birth"
    ]
    copy_in(session, Person, born)
    copy_rows(session, Appearance, AppearanceRow.__struct_fields__, rows=map(astuple, appearances))
    copy_rows(session, SealedCompartment, SealedRow.__struct_fields__, rows=map(astuple, sealed))


def kept_by(session: Session, agency: UUID, persons: Collection[UUID]) -> set[UUID]:
    """Return those of these persons of whom an agency keeps a record of its own."""
    own = (Appearance.source_kind == "agency") & (Appearance.source_id == agency)
    return set(session.scalars(select(Appearance.person_id).where(own, Appearance.person_id.in_(persons))))


def replace(session: Session, rows: Sequence[SealedRow], *, new_epoch: bool) -> None:
    """Store the next state of compartments, if nobody was faster.

    Args:
        new_epoch: whether the keys changed (then the version stays) or the documents (then the epoch stays).

    Raises:
        Conflict: a compartment is not in the state this one was made from.
    """
    _replace(session, rows, epochs=int(new_epoch), versions=int(not new_epoch))


def replace_pruned(session: Session, rows: Sequence[SealedRow]) -> None:
    """Store compartments without what was due: documents and keys changed both.

    Raises:
        Conflict: as for `replace`.
    """
    _replace(session, rows, epochs=1, versions=1)


def appearances_of(session: Session, person: UUID) -> Sequence[Appearance]:
    """Return all appearances of a person, in a stable order."""
    return session.scalars(
        select(Appearance).where(Appearance.person_id == person).order_by(Appearance.created_on, Appearance.id)
    ).all()


def of_source(
    session: Session | Connection, person: UUID, agency: UUID, *, bases: Collection[str] = ()
) -> tuple[UUID, ...]:
    """Return the appearances of a person that one agency is the source of; of somebody else's it finds nothing.

    Args:
        bases: only those that are tied to her in one of these ways; none named: in any.
    """
    hers = select(Appearance.id).where(
        Appearance.person_id == person, Appearance.source_kind == "agency", Appearance.source_id == agency
    )
    if bases:
        hers = hers.where(Appearance.basis.in_(bases))
    return tuple(on(session).scalars(hers.order_by(Appearance.created_on, Appearance.id)))


def of_herself(session: Session, person: UUID) -> tuple[UUID, ...]:
    """Return the appearances in which a person speaks herself, the first one first; none before she said anything."""
    hers = select(Appearance.id).where(
        Appearance.person_id == person, Appearance.source_kind == "person", Appearance.basis == "own"
    )
    return tuple(session.scalars(hers.order_by(Appearance.created_on, Appearance.id)))


def next_of_source(session: Session, agency: UUID, *, after: UUID | None, limit: int = 100) -> Sequence[UUID]:
    """Return the next appearances that an agency is the source of, in the order of their ids."""
    its = select(Appearance.id).where(Appearance.source_kind == "agency", Appearance.source_id == agency)
    if after is not None:
        its = its.where(Appearance.id > after)
    return session.scalars(its.order_by(Appearance.id).limit(limit)).all()


def count_of_source(session: Session, agency: UUID) -> int:
    """Return how many appearances an agency is the source of."""
    its = select(func.count()).where(Appearance.source_kind == "agency", Appearance.source_id == agency)
    return int(session.scalar(its) or 0)


def by_id(session: Session, appearance: UUID) -> Appearance:
    """Return an appearance, or raise NotFound."""
    found = session.get(Appearance, (bucket_of(appearance), appearance))
    if found is None:
        raise NotFound("There is no such appearance.")
    return found


def persons_count(session: Session) -> int:
    """Return how many persons the registry knows."""
    return int(session.scalar(select(func.count()).select_from(Person)) or 0)


def forget(session: Session, person: UUID, appearances: Sequence[UUID]) -> None:
    """Delete appearances with all their compartments, and the person if nothing else is kept of her."""
    session.execute(delete(Appearance).where(Appearance.id.in_(appearances)))
    left = select(Appearance.id).where(Appearance.person_id == person).exists()
    session.execute(delete(Person).where(Person.bucket == bucket_of(person), Person.id == person, ~left))


def _replace(session: Session, rows: Sequence[SealedRow], *, epochs: int, versions: int) -> None:
    for row in rows:
        changed = session.execute(
            update(SealedCompartment)
            .where(
                SealedCompartment.bucket == row.bucket,
                SealedCompartment.appearance_id == row.appearance_id,
                SealedCompartment.compartment == row.compartment,
                SealedCompartment.epoch == row.epoch - epochs,
                SealedCompartment.version == row.version - versions,
            )
            .values(**row.values())
            .returning(SealedCompartment.version)
        ).first()
        if changed is None:
            raise Conflict("This was changed by someone else meanwhile. Load it again.")

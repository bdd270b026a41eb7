"""Who is who: questions at the counter, decisions with their reasons, and what the person says to them."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registry.audit import log as audit
from registry.audit.events import Event
from registry.casework.asking import noting
from registry.db import Sessions, take_turns
from registry.errors import NotFound
from registry.exchange import recalls
from registry.keys.client import KEEPER, KeeperRefused
from registry.ledger import grants
from registry.linkage import decisions as kept
from registry.linkage.client import LINKER, LinkerAway, LinkerRefused
from registry.linkage.review import proposals
from registry.profiles import appearances
from registry.wire import decisions
from registry.wire.linking import reasons_in
from registry.wire.upkeep import restoring
from schemas.canonical import canonical
from schemas.vocabularies.access import ActorKind, Purpose, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.actors import Officer, PersonActor, RunActor
    from registry.wire.asking import CodeProof, PasskeyProof
    from registry.wire.decisions import LinkMade
    from registry.wire.linking import Finding
    from schemas.vocabularies.access import Ground

log = logging.getLogger(__name__)

#: What becomes of an appearance of which an officer said this.
_AS_SAID = {
    Verdict.SAME: frozenset({"decided", "confirmed"}),
    Verdict.DIFFERENT: frozenset({"rejected"}),
    Verdict.UNSURE: frozenset({"proposed"}),
}
#: What contradicts in a way that people must look at; other spellings of a name do not.
CONFLICTS = frozenset({"birth-date", "sex", "nationality"})
#: So begins, in a line of the log, on what a decision rests.
GROUND = "ground:"
_AT_ONCE = 200
_REASON_CHARACTERS = 400
#: What the keeper says of an appearance that was erased since it was found.
_GONE = frozenset({"appearance.missing", "appearance.erased", "line.person"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """The appearance that an officer chose among what was found for her, and the finding as the linker sealed it."""

    appearance: UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Choice:
    """What an officer says, before she records somebody, of those who were found."""

    verdict: Verdict
    matches: tuple[Chosen, ...]  #: of "same" the one; else all of them


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing an appearance with all others led to."""

    linked: bool
    conflicting: bool  #: linked although identity attributes contradict each other


def ask(
    stated: Sequence[Mapping[str, Any]], *, actor: Officer, now: datetime, purpose: Purpose = Purpose.INTAKE
) -> list[Finding]:
    """Ask whether somebody is known already; everybody who was found sees in her list that this was asked, and why.

    Args:
        stated: entries of identity and identifiers as EntryIn loads them.
        purpose: for what her profile would be opened, should she be found.

    Raises:
        KeeperRefused: too little was said, or this officer asked about too many identities in this hour.
        LinkerAway: it cannot be answered now.
    """
    content = canonical({"entries": [{"kind": one["kind"], "value": one["value"]} for one in stated]})
    queries = KEEPER.ask(decisions.Match(actor.token, content), decisions.Matching).queries
    (found,) = LINKER.find(queries)
    with Sessions.begin() as session:
        line = audit.Line(
            event=Event.MATCH_ASKED,
            purpose=purpose.value,
            results=len(found),
            persons=tuple(dict.fromkeys(one.person_id for one in found)),
        )
        audit.record(session, line, actor, now=now)
    return found


def hint(match: Chosen, *, actor: Officer) -> list[tuple[str, str]]:
    """Return masked values of an appearance that was found, as (entry kind, masked value); a committed line says so.

    Raises:
        NotFound: it was erased meanwhile.
        KeeperRefused: the linker did not find it for this officer just now.
    """
    try:
        return KEEPER.ask(decisions.Hint(actor.token, match.sealed), decisions.Hinted).values
    except KeeperRefused as refused:
        if refused.reason in _GONE:
            raise NotFound("There is no such appearance.") from refused
        raise


def compare(queries: Mapping[UUID, bytes], *, actor: RunActor, now: datetime) -> dict[UUID, Compared]:
    """Compare stored appearances with all others; what is known for sure is linked, what may be is proposed.

    Args:
        queries: appearance and what the keeper sealed for it less than five minutes ago.

    Raises:
        LinkerAway: nothing was compared; `catch_up` does it later.
    """
    if not queries:
        return {}
    found = dict(zip(queries, LINKER.find(list(queries.values())), strict=True))
    with Sessions.begin() as session:
        best = {one: _best(session, one, findings) for one, findings in found.items()}
        acted = {one: finding for one, finding in best.items() if finding is not None}
        made = _decided(session, acted, actor, now=now)
        if made:
            audit.record_all(session, [_line(one) for one in made.values()], actor, now=now)
        kept.compared(session, list(queries))
    return {one: _compared(made.get(one), acted.get(one)) for one in queries}


def catch_up(actor: RunActor, *, now: datetime) -> dict[UUID, Compared]:
    """Compare what an agency sent while the linker was away, or before an import was interrupted.

    Raises:
        LinkerAway: it is away still.
    """
    results: dict[UUID, Compared] = {}
    while True:
        with Sessions() as session:
            waiting = kept.uncompared(session, actor.agency_id, limit=_AT_ONCE)
        waiting = [one for one in waiting if one not in results]
        if not waiting:
            return results
        question = decisions.Identify(waiting, run=actor.id)
        said = KEEPER.ask(question, decisions.Matching)
        results |= dict.fromkeys(waiting, Compared(linked=False, conflicting=False))
        results |= compare(dict(zip(said.appearances, said.queries, strict=True)), actor=actor, now=now)


def compare_if_possible(queries: Mapping[UUID, bytes], *, actor: RunActor, now: datetime) -> dict[UUID, Compared]:
    """Compare, or leave it to `catch_up` where the linker is away or fails: taking in must not wait for it."""
    try:
        return compare(queries, actor=actor, now=now)
    except (LinkerAway, LinkerRefused):
        log.warning("linking.later", extra={"run": actor.id, "appearances": len(queries)})
        return {}


def keep_choice(appearance: UUID, choice: Choice, *, actor: Officer, now: datetime) -> bool:
    """Keep what an officer said of those found for an appearance that she just recorded; say whether all of it is kept.

    Once: what was linked, or given back, is not linked again by repeating the request; what was not kept is.

    Raises:
        LinkerAway: nothing was kept now.
        KeeperRefused: one of them is not what the linker found for this officer just now; nothing was kept now.
    """
    chosen = {one.appearance: one for one in choice.matches}
    if not chosen:
        return False
    with Sessions() as session:
        is_said = kept.statuses(session, appearance, chosen).keys() == chosen.keys()
    found = {} if is_said else _found_again(appearance, actor)
    with Sessions.begin() as session:
        take_turns_about(session, [appearance], chosen)
        known = kept.statuses(session, appearance, chosen)
        for one in chosen.keys() & found.keys() - known.keys():
            _speak(session, found[one], chosen[one], verdict=choice.verdict, actor=actor, now=now)
        known = kept.statuses(session, appearance, chosen)
    return all(known.get(one) in _AS_SAID[choice.verdict] for one in chosen)


def decide(
    session: Session, link: UUID, *, same: bool, actor: Officer, now: datetime, ground: Ground | None = None
) -> None:
    """Settle a proposal: the same person, or two.

    Args:
        ground: on what that rests; the log keeps it.

    Raises:
        NotFound: there is no such proposal for this agency, or it was settled meanwhile.
        KeeperRefused: both persons have letters already; one of them must say "this is me" first.
    """
    proposed = kept.by_id(session, link)
    take_turns_about(session, [proposed.appearance_id, proposed.other_id])
    session.refresh(proposed)
    if proposed.status != "proposed":
        raise NotFound("This was settled already.")
    (made,) = KEEPER.ask(decisions.Decide(actor.token, link, same), decisions.Linked).results
    if made is not None:
        noting.follow(session, kept.settle(session, made), now=now)
        audit.record(session, _line(made, ground), actor, now=now)


def leave(session: Session, link: UUID, ground: Ground, *, actor: Officer, now: datetime) -> None:
    """Note, once for each officer, that she looked at a proposal and could not tell; it stays to be decided.

    Raises:
        NotFound: there is no such proposal for this officer's agency, or it was settled meanwhile.
    """
    proposed = kept.by_id(session, link)
    is_hers = actor.agency_id is not None and proposals.own_records(session, proposed, actor.agency_id)
    take_turns_about(session, [proposed.appearance_id, proposed.other_id])
    session.refresh(proposed)
    if proposed.status != "proposed" or not is_hers:
        raise NotFound("There is no such proposal.")
    if proposals.left_by(session, link, actor.id):
        return
    line = audit.Line(
        event=Event.LINK_LEFT,
        reason=f"{GROUND}{ground.value}",
        basis=ActorKind.OFFICER.value,
        object_id=link,
        appearances=(proposed.appearance_id, proposed.other_id),
        persons=(proposed.to_person,),
    )
    audit.record(session, line, actor, now=now)


def confirm(
    session: Session, appearance: UUID, proof: CodeProof | PasskeyProof, *, actor: PersonActor, now: datetime
) -> None:
    """Let the person say "this is me": from now on the appearance is hers to see and to grant.

    Raises:
        KeeperRefused: the proof does not hold, or nothing of that sort was linked to her.
    """
    take_turns_about(session, [appearance])
    question = decisions.Confirm(actor.token, appearance, proof)
    (made,) = KEEPER.ask(question, decisions.Linked).results
    if made is None:
        raise NotFound("There is no such link.")
    kept.settle(session, made)
    audit.share_index(session, appearance, giver=made.link.from_person, taker=made.link.to_person)
    audit.record(session, _line(made), actor, now=now)


def undo(
    session: Session,
    appearance: UUID,
    *,
    actor: PersonActor | Officer,
    now: datetime,
    second: bytes | None = None,
) -> tuple[UUID, list[UUID]]:
    """Give a linked appearance back: "this is not me"; what was granted of it ends with the commit.

    What she said herself is destroyed where her letter was handed over for just this record. The caller then calls
    `granting.settle` for what was moved. Returns the person it belongs to now, and what was moved.

    Args:
        second: the session of a second officer, where offices undo what was proved to be hers.

    Raises:
        KeeperRefused: it is not linked, or this is not hers to say.
    """
    take_turns_about(session, [appearance])
    before = appearances.by_id(session, appearance).person_id
    undone = KEEPER.ask(decisions.Unlink(actor.token, appearance, second), decisions.Unlinked)
    moved = store_undone(session, undone, leaving=before, now=now)
    line = replace(_line(decisions.LinkMade(undone.link)), grants=tuple(grant.id for grant in undone.grants))
    audit.record(session, line, actor, now=now)
    return undone.appearances[0].person_id, moved


def store_undone(session: Session, undone: decisions.Unlinked, *, leaving: UUID, now: datetime) -> list[UUID]:
    """Store everything that giving an appearance back changes; of a link that moved nothing, only its row.

    Returns the appearances that moved.
    """
    kept.settle(session, decisions.LinkMade(undone.link))
    if not undone.appearances:
        return []
    back = undone.appearances[0]
    for one in undone.words:
        audit.forget_in_index(session, one, person=leaving)
    appearances.forget(session, leaving, undone.words)
    moved = kept.move(session, undone.appearances, leaving=leaving, now=now, back=True)
    appearances.replace(session, undone.sealed, new_epoch=True)
    grants.shrink(session, undone.grants, [back.id, *undone.words], agencies=undone.agencies)
    for grant in undone.grants:
        recalls.write(session, person=leaving, grant=grant.id, agency=grant.agency_id, now=now)
    noting.follow(session, moved, now=now, back=True)
    audit.part_index(session, back.id, giver=leaving, taker=back.person_id)
    return [back.id]


def undo_again(session: Session, link: UUID, *, now: datetime) -> bool:
    """Undo a link once more in a database that was brought back from before; False where there is none to undo.

    The keeper must have been told so by an export of the log. Nothing is written into the log: its line comes back.
    """
    known = kept.find(session, link)
    if known is None or known.status == "undone":
        return False
    take_turns_about(session, [known.appearance_id])
    undone = KEEPER.ask(restoring.SeparateAgain(link), decisions.Unlinked)
    store_undone(session, undone, leaving=known.to_person, now=now)
    return True


def _best(session: Session, appearance: UUID, found: Sequence[Finding]) -> Finding | None:
    """Return the best finding that nobody has rejected."""
    rejected = kept.rejected_before(session, {(appearance, one.appearance_id) for one in found})
    return next((one for one in found if frozenset((appearance, one.appearance_id)) not in rejected), None)


def _found_again(appearance: UUID, actor: Officer) -> dict[UUID, Finding]:
    """Return what the linker finds for an appearance of this officer's office, by whose appearance it is."""
    said = KEEPER.ask(decisions.Identify([appearance], session=actor.token), decisions.Matching)
    return {one.appearance_id: one for findings in LINKER.find(said.queries) for one in findings}


def _speak(
    session: Session, finding: Finding, chosen: Chosen, *, verdict: Verdict, actor: Officer, now: datetime
) -> None:
    question = decisions.Link([finding.sealed], session=actor.token, chosen=chosen.sealed, verdict=verdict.value)
    (made,) = KEEPER.ask(question, decisions.Linked).results
    if made is not None:
        noting.follow(session, kept.keep(session, made), now=now)
        audit.record(session, _line(made), actor, now=now)


def _decided(
    session: Session, acted: Mapping[UUID, Finding], actor: RunActor, *, now: datetime
) -> dict[UUID, LinkMade]:
    if not acted:
        return {}
    take_turns_about(session, acted, [one.appearance_id for one in acted.values()])
    question = decisions.Link([one.sealed for one in acted.values()], run=actor.id)
    results = KEEPER.ask(question, decisions.Linked).results
    made = {one: result for one, result in zip(acted, results, strict=True) if result is not None}
    for result in made.values():
        noting.follow(session, kept.keep(session, result), now=now)
    return made


def take_turns_about(session: Session, *some: Iterable[UUID]) -> None:
    """Let nobody else decide who is who, nor change who may see these persons' data, until the commit."""
    kept.take_turns(session)
    take_turns(session, *kept.persons_of(session, [one for appearances_ in some for one in appearances_]))


def _compared(made: LinkMade | None, finding: Finding | None) -> Compared:
    linked = made is not None and bool(made.appearances)
    return Compared(linked, linked and finding is not None and bool(CONFLICTS & set(finding.differences)))


_EVENTS = {
    "proposed": Event.LINK_PROPOSED,
    "decided": Event.LINK_DECIDED,
    "rejected": Event.LINK_REJECTED,
    "confirmed": Event.LINK_CONFIRMED,
    "undone": Event.LINK_UNDONE,
}


def _line(made: LinkMade, ground: Ground | None = None) -> audit.Line:
    link = made.link
    why = [f"{GROUND}{ground.value}"] if ground else []
    return audit.Line(
        event=_EVENTS[link.status],
        reason=" ".join([*why, *reasons_in(link.reasons)])[:_REASON_CHARACTERS] or None,
        basis=link.decided_kind,
        object_id=link.id,
        appearances=(link.appearance_id, link.other_id),
        persons=(link.to_person,) if link.status == "proposed" else tuple({link.from_person, link.to_person}),
    )

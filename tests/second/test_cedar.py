"""Cedar decides as we do: all combinations, and heaps of grants at once."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from consent.ceilings import CEILINGS, allowed_compartments
from consent.errors import ConsentDenied
from consent.permits import AccessRequest
from consent.policy import decide
from schemas.compartments import Compartment, Section
from schemas.vocabularies.access import AgencyKind, Basis, GrantStatus, Lane, Purpose
from tests.factories import NOW, GrantParts, grant
from tests.second import cedar
from tests.second.cedar import Asked, Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from consent.grants import Grant

PERSON, SOMEBODY, APPEARANCE, ELSEWHERE, STRANGER = (UUID(int=number) for number in range(1, 6))
#: One agency of each kind, and a second one.
AGENCIES = {kind: UUID(int=100 + number) for number, kind in enumerate(AgencyKind)}
OTHERS = {kind: UUID(int=200 + number) for number, kind in enumerate(AgencyKind)}
#: What each agency of the first row recorded about the person itself.
OWN = {kind: UUID(int=300 + number) for number, kind in enumerate(AgencyKind)}
A_MOMENT = timedelta(milliseconds=1)
#: What can be the matter with the one grant that there is.
STATES = (
    "live", "from this moment on", "for a moment more", "not yet", "over", "over at this moment", "withdrawn",
    "expired", "other purpose", "other agency", "other person", "other sections", "other appearance",
)  # fmt: skip
#: No grant has no basis either.
GRANTED = (("none", Basis.CONSENT), *product(STATES, (Basis.CONSENT, Basis.STATUTE)))


def held(state: str, request: AccessRequest, basis: Basis, *, appearance: UUID) -> Grant | None:
    """Return the grant of a combination: of just the section that is asked for, unless the state says otherwise."""
    if state == "none":
        return None
    (compartment,) = request.compartments
    asked = frozenset(section for section in Section if compartment.startswith(f"{section}."))
    live = grant(
        id=uuid4(),
        person_id=PERSON,
        agency_id=request.agency_id,
        purpose=request.purpose,
        basis=basis,
        norm="§ 1" if basis is Basis.STATUTE else None,
        sections=asked or frozenset(Section),
        appearances=(appearance,),
    )
    return replace(live, **_matter(state, live, asked, other_agency=OTHERS[request.agency_kind]))


def _matter(state: str, live: Grant, asked: frozenset[Section], *, other_agency: UUID) -> GrantParts:
    """Return what of a live grant has to be another for it to be in a state."""
    match state:
        case "live":
            return {}
        case "from this moment on":
            return {"not_before": NOW}
        case "for a moment more":
            return {"not_after": NOW + A_MOMENT}
        case "not yet":
            return {"not_before": NOW + A_MOMENT}
        case "over":
            return {"not_after": NOW - timedelta(hours=1)}
        case "over at this moment":
            return {"not_after": NOW}
        case "withdrawn" | "expired":
            return {"status": GrantStatus(state)}
        case "other purpose":
            purposes = list(Purpose)
            return {"purpose": purposes[purposes.index(live.purpose) - 1]}
        case "other agency":
            return {"agency_id": other_agency}
        case "other person":
            return {"person_id": SOMEBODY}
        case "other sections":
            return {"sections": frozenset(Section) - asked}
        case _:
            assert state == "other appearance"
            return {"appearances": (ELSEWHERE,)}


def combinations() -> Iterator[Asked]:
    """Yield agency kind x purpose x compartment x lane x basis x state of the grant x whose appearance it is."""
    for kind, purpose, compartment in product(AgencyKind, Purpose, Compartment):
        for (state, basis), own in product(GRANTED, (True, False)):
            appearance = OWN[kind] if own else APPEARANCE
            request = AccessRequest(
                person_id=PERSON,
                agency_id=AGENCIES[kind],
                agency_kind=kind,
                purpose=purpose,
                compartments=frozenset({compartment}),
                own_appearances=(appearance,) if own else (),
            )
            one = held(state, request, basis, appearance=appearance)
            for lane in Lane:
                source = AGENCIES[kind] if own else STRANGER
                yield Asked(replace(request, lane=lane), one, appearance, source, compartment)


def heap(dice: random.Random) -> tuple[AccessRequest, list[Grant]]:
    """Return a request for several compartments, and grants of which some may count."""
    kind, purpose = dice.choice([*AgencyKind]), dice.choice([*Purpose])
    request = AccessRequest(
        person_id=PERSON,
        agency_id=AGENCIES[kind],
        agency_kind=kind,
        purpose=purpose,
        compartments=frozenset(dice.sample([*Compartment], dice.randint(1, 6))),
    )
    grants = [
        grant(
            id=uuid4(),
            person_id=dice.choice((PERSON, PERSON, PERSON, SOMEBODY)),
            agency_id=dice.choice((AGENCIES[kind], AGENCIES[kind], OTHERS[kind])),
            purpose=dice.choice((purpose, purpose, *Purpose)),
            sections=frozenset(dice.sample([*Section], dice.randint(1, 12))),
            appearances=tuple(dice.sample((APPEARANCE, ELSEWHERE), dice.randint(1, 2))),
            not_before=NOW + dice.randint(-9, 1) * A_MOMENT,
            not_after=NOW + dice.randint(2, 9) * A_MOMENT,
            status=dice.choice((GrantStatus.ACTIVE, GrantStatus.ACTIVE, GrantStatus.WITHDRAWN)),
        )
        for _ in range(dice.randint(1, 5))
    ]
    return request, grants


def decided(request: AccessRequest, grants: Sequence[Grant]) -> set[tuple[UUID | None, UUID, Compartment, str]]:
    """Return what our decision opens: by which grant, of which appearance, which compartment, on which basis."""
    try:
        permit = decide(request, grants, NOW)
    except ConsentDenied:
        return set()
    return {
        (opening.grant_id, appearance, compartment, opening.basis.value)
        for opening in permit.openings
        for appearance in opening.appearances
        for compartment in opening.compartments
    }


def test_cedar_finds_nothing_wrong_with_the_policies() -> None:
    assert cedar.valid() == []


def test_cedar_decides_each_combination_as_we_do() -> None:
    """Security research, goal 35."""
    asked = list(combinations())
    allowed: Counter[str] = Counter()
    for one, bases in zip(asked, Engine(asked, NOW).answers(asked), strict=True):
        ours = decided(one.request, [] if one.grant is None else [one.grant])
        mine = {basis for _, appearance, _, basis in ours if appearance == one.appearance}
        assert mine == bases, one
        assert {compartment for _, _, compartment, _ in ours} <= {one.compartment}
        allowed.update(bases)
    assert len(asked) == 5 * 5 * len(Compartment) * 2 * (1 + 2 * len(STATES)) * 2 == 62_100
    # own: five kinds, each compartment, every grant or none; the rest: rows of the ceilings, three states that hold
    cells = sum(len(allowed_compartments(kind, purpose)) for kind, purpose in CEILINGS)
    held_states = len({"live", "from this moment on", "for a moment more"})
    assert allowed["own"] == len(AgencyKind) * len(Compartment) * len(GRANTED)
    assert allowed["consent"] == allowed["statute"] == cells * held_states * 2


def test_cedar_opens_by_each_grant_of_a_heap_what_we_open_by_it() -> None:
    dice = random.Random(35)  # noqa: S311 - to be the same each time
    heaps = [heap(dice) for _ in range(400)]
    asked = [
        [
            Asked(request, one, appearance, STRANGER, compartment)
            for one in grants
            for appearance in (APPEARANCE, ELSEWHERE)
            for compartment in sorted(request.compartments)
        ]
        for request, grants in heaps
    ]
    everything = [one for some in asked for one in some]
    answered = iter(Engine(everything, NOW).answers(everything))
    opened = 0
    for (request, grants), some in zip(heaps, asked, strict=True):
        theirs = {
            (one.grant.id, one.appearance, one.compartment, basis)
            for one in some
            if one.grant is not None
            for basis in next(answered)
        }
        assert theirs == decided(request, grants)
        opened += len(theirs)
    assert opened > 100

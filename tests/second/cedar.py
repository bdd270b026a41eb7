"""The ceilings as Cedar policies, and grants as Cedar entities: what another engine makes of the same table.

The text is written from the rows of `CEILINGS` alone. What a grant, a lane and a moment mean is said here once more, in
Cedar's words; nothing of `consent.policy`, `consent.grants` or what is computed from the ceilings is asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cedarpy

from consent.ceilings import CEILINGS
from schemas.compartments import KINDS, Compartment
from schemas.vocabularies.access import Basis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from consent.grants import Grant
    from consent.permits import AccessRequest

SCHEMA = """
entity Person;
entity Appearance = { person: Person, source: Agency };
entity Agency = { kind: String };
entity Compartment = { kinds: Set<String>, section: String };
entity Document = { appearance: Appearance, compartment: Compartment };
entity Grant = {
    person: Person, agency: Agency, purpose: String, basis: String, status: String,
    sections: Set<String>, appearances: Set<Appearance>, from: Long, until: Long,
};
action open appliesTo {
    principal: Agency,
    resource: Document,
    context: { now: Long, purpose: String, lane: String, about: Person, grant?: Grant },
};
"""
_OWN = """
@id("own")
permit (principal, action == Action::"open", resource)
when {
    context.lane == "own" && context.purpose == "intake" &&
    resource.appearance.source == principal && resource.appearance.person == context.about
};
"""
_SHARED = """
@id(%(basis)s)
permit (principal, action == Action::"open", resource)
when {
    context.lane == "shared" && context has grant &&
    principal.kind == %(kind)s && context.purpose == %(purpose)s &&
    %(listed)s.containsAll(resource.compartment.kinds)
}
when {
    context.grant.basis == %(basis)s && context.grant.status == "active" &&
    context.grant.agency == principal && context.grant.purpose == context.purpose &&
    context.grant.person == context.about && context.grant.appearances.contains(resource.appearance) &&
    context.grant.sections.contains(resource.compartment.section)
}
unless { context.now < context.grant.from || context.grant.until <= context.now };
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to Cedar: may this request open this compartment of this appearance, by this grant or none?"""

    request: AccessRequest
    grant: Grant | None
    appearance: UUID
    source: UUID  #: the agency that the appearance is from
    compartment: Compartment


def policies() -> str:
    """Return the policies: one for each row of the ceilings and each basis, and one for the own lane."""
    rows = [
        _SHARED
        % {
            "basis": json.dumps(basis.value),
            "kind": json.dumps(kind.value),
            "purpose": json.dumps(purpose.value),
            "listed": json.dumps(listed),
        }
        for (kind, purpose), listed in CEILINGS.items()
        for basis in (Basis.CONSENT, Basis.STATUTE)
    ]
    return "".join([_OWN, *rows])


class Engine:
    """Cedar with our policies, and with everybody and everything that questions are about."""

    def __init__(self, asked: Sequence[Asked], now: datetime) -> None:
        self._policies = cedarpy.PolicySet.from_str(policies())
        self._now = _moment(now)
        about = {(one.request.agency_id, one.appearance, one.compartment): one for one in asked}
        stated = [entity for one in about.values() for entity in _entities(one)]
        grants = {one.grant.id: one.grant for one in asked if one.grant is not None}
        entities: dict[tuple[str, str], dict[str, Any]] = {}
        for entity in [*stated, *map(_granted, grants.values())]:
            uid = entity["uid"]
            if entities.setdefault((uid["type"], uid["id"]), entity) != entity:
                raise ValueError(f"two different entities are called {uid}")
        self._entities = cedarpy.Entities.from_json_str(json.dumps(list(entities.values())), schema=SCHEMA)

    def answers(self, asked: Sequence[Asked]) -> list[frozenset[str]]:
        """Return for each question on which bases it is allowed; none means it is denied.

        Raises:
            ValueError: a policy could not be evaluated.
        """
        requests = [self._request(one) for one in asked]
        results = cedarpy.is_authorized_batch(requests, self._policies, self._entities)
        if any(result.diagnostics.errors for result in results):
            raise ValueError("Cedar could not evaluate a policy")
        return [
            frozenset(result.diagnostics.id_annotations_by_reason.values()) if result.allowed else frozenset()
            for result in results
        ]

    def _request(self, one: Asked) -> dict[str, Any]:
        request = one.request
        context: dict[str, Any] = {"now": self._now, "purpose": request.purpose.value, "lane": request.lane.value}
        context |= {"about": _reference("Person", request.person_id)}
        if one.grant is not None:
            context["grant"] = _reference("Grant", one.grant.id)
        return {
            "principal": {"type": "Agency", "id": str(request.agency_id)},
            "action": {"type": "Action", "id": "open"},
            "resource": {"type": "Document", "id": f"{one.appearance}/{one.compartment}"},
            "context": context,
        }


def valid() -> list[str]:
    """Return what Cedar's validator finds wrong with the policies: types, names, impossible conditions."""
    return [str(error) for error in cedarpy.validate_policies(policies(), SCHEMA).errors]


def _entities(one: Asked) -> list[dict[str, Any]]:
    request, compartment = one.request, one.compartment
    kinds = sorted(kind for kind, holder in KINDS.items() if holder is compartment)
    document = {"appearance": _reference("Appearance", one.appearance)}
    document |= {"compartment": _reference("Compartment", compartment)}
    return [
        _entity("Agency", request.agency_id, kind=request.agency_kind.value),
        _entity("Person", request.person_id),
        _entity(
            "Appearance",
            one.appearance,
            person=_reference("Person", request.person_id),
            source=_reference("Agency", one.source),
        ),
        _entity("Compartment", compartment, kinds=kinds, section=compartment.value.partition(".")[0]),
        _entity("Document", f"{one.appearance}/{compartment}", **document),
    ]


def _granted(grant: Grant) -> dict[str, Any]:
    return _entity(
        "Grant",
        grant.id,
        person=_reference("Person", grant.person_id),
        agency=_reference("Agency", grant.agency_id),
        purpose=grant.purpose.value,
        basis=grant.basis.value,
        status=grant.status.value,
        sections=sorted(section.value for section in grant.sections),
        appearances=[_reference("Appearance", appearance) for appearance in grant.appearances],
        **{"from": _moment(grant.not_before), "until": _moment(grant.not_after)},
    )


def _entity(type_: str, name: object, **said: Any) -> dict[str, Any]:  # noqa: ANN401 - any attribute that the schema has
    return {"uid": {"type": type_, "id": str(name)}, "attrs": said, "parents": []}


def _reference(type_: str, name: object) -> dict[str, Any]:
    return {"__entity": {"type": type_, "id": str(name)}}


def _moment(at: datetime) -> int:
    return int(at.timestamp() * 1000)

"""The one decision: ceiling ∩ grant ∩ request; whatever is empty refuses."""

from collections.abc import Iterable
from datetime import datetime

from consent.ceilings import allowed_compartments, own_compartments
from consent.errors import BeyondCeiling, NotGranted, NothingAsked, PurposeNotAllowed
from consent.grants import Grant
from consent.permits import AccessRequest, Opening, Permit
from schemas.compartments import Compartment
from schemas.vocabularies.access import Basis, Lane, Purpose


def decide(request: AccessRequest, grants: Iterable[Grant], now: datetime) -> Permit:
    """Return what the request may open now.

    Args:
        grants: any grants; those of others, for another purpose or at another time count for nothing.

    Raises:
        NothingAsked: no compartment is named.
        PurposeNotAllowed: this agency kind has no business with the purpose, or lane own without intake.
        BeyondCeiling: nothing that was asked lies within the ceiling.
        NotGranted: no grant holds that opens any of it, or the agency has no appearance of its own.
    """
    if not request.compartments:
        raise NothingAsked("Name at least one compartment.")
    if request.lane is Lane.OWN:
        return Permit(request=request, openings=(_own(request),))
    ceiling = allowed_compartments(request.agency_kind, request.purpose)
    if not ceiling:
        raise PurposeNotAllowed("This purpose is not open to this kind of agency.")
    if not ceiling & request.compartments:
        raise BeyondCeiling("Nothing of what was asked is open to this kind of agency for this purpose.")
    openings = tuple(
        Opening(
            grant_id=grant.id,
            appearances=grant.appearances,
            compartments=opened,
            basis=grant.basis,
        )
        for grant in grants
        if _applies(grant, request, now) and (opened := _opened(grant, request))
    )
    if not openings:
        raise NotGranted("Nothing of what was asked is shared with this agency for this purpose.")
    return Permit(request=request, openings=openings)


def _own(request: AccessRequest) -> Opening:
    if request.purpose is not Purpose.INTAKE:
        raise PurposeNotAllowed("An agency re-reads its own appearance for intake only.")
    if not request.own_appearances:
        raise NotGranted("This agency has recorded nothing about this person.")
    return Opening(
        grant_id=None,
        appearances=request.own_appearances,
        compartments=own_compartments() & request.compartments,
        basis=Basis.OWN,
    )


def _applies(grant: Grant, request: AccessRequest, now: datetime) -> bool:
    return (
        grant.person_id == request.person_id
        and grant.agency_id == request.agency_id
        and grant.purpose is request.purpose
        and grant.holds_at(now)
    )


def _opened(grant: Grant, request: AccessRequest) -> frozenset[Compartment]:
    return grant.compartments_for(request.agency_kind) & request.compartments

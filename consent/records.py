"""The consent record of a grant (ISO/IEC TS 27560 with W3C DPV terms, JSON-LD), and the grant read back from it.

A record is immutable. The keeper derives what it wraps from the record, so what is signed is what is wrapped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from consent.ceilings import allowed_rights
from consent.errors import BeyondCeiling, GrantInvalid, RecordInvalid
from consent.grants import Grant
from schemas.canonical import Json
from schemas.compartments import Section
from schemas.fields import instant_of, instant_text
from schemas.vocabularies.access import ActorKind, AgencyKind, Basis, Channel, IndicationMethod, Purpose, Right

GRANT = "reg:grant"
_GRANT_KEYS = frozenset(
    {
        "id", "person", "agency", "agencyKind", "purpose", "basis", "sections", "appearances", "notBefore", "notAfter",
        "rights",
    }
)  # fmt: skip
_CONTEXT: Mapping[str, str] = MappingProxyType(
    {
        "dpv": "https://w3id.org/dpv#",
        "dct": "http://purl.org/dc/terms/",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "reg": "urn:einmal:terms:",
    }
)
_SCHEMA = "https://w3id.org/dpv/schema/iso-27560#record-GDPR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The exact text that was shown before the decision."""

    version: str
    language: str  # BCP 47
    sha256: str  # hex digest of the text as shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Indication:
    """How the decision was expressed, when, and by whom in the person's name."""

    at: datetime
    by: ActorKind
    method: IndicationMethod
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who keeps the registry; the defaults are those of development."""

    controller: str = "urn:einmal:operator"
    authority: str = "urn:einmal:supervisory-authority"
    withdraw_at: str = "urn:einmal:me:grants"
    location: str = "DE"


def build_record(
    grant: Grant,
    agency_kind: AgencyKind,
    *,
    record_id: UUID,
    notice: Notice,
    indication: Indication,
    operator: Operator,
) -> dict[str, Json]:
    """Return the record of one grant as JSON-LD.

    A statutory grant gets a record of processing that names its norm; nothing in it reads as consent.

    Raises:
        BeyondCeiling: this agency kind may get nothing of the granted sections for the purpose.
    """
    if not grant.compartments_for(agency_kind):
        raise BeyondCeiling("Nothing of what would be granted is open to this kind of agency for this purpose.")
    consented = grant.basis is Basis.CONSENT
    record: dict[str, Json] = {
        "@context": dict(_CONTEXT),
        "@id": record_id.urn,
        "@type": "dpv:ConsentRecord" if consented else "dpv:DataProcessingRecord",
        "dct:conformsTo": _SCHEMA,
        "dct:identifier": str(record_id),
        "dct:language": notice.language,
        "dpv:hasDataController": {"@id": operator.controller, "@type": "dpv:DataController"},
        "dpv:hasDataSource": {"@id": "reg:sources-of-the-appearances"},
        "dpv:hasProcessing": ["dpv:Store", "dpv:Share"],
        "dpv:hasJurisdiction": operator.location,
        "dpv:hasAuthority": {"@id": operator.authority, "@type": "dpv:DataProtectionAuthority"},
        "dpv:hasNotice": _notice_term(notice, consented=consented),
        "dpv:hasRight": _rights_of_person(consented=consented),
        **_grant_terms(
            grant, agency_kind, location=operator.location, rights=allowed_rights(agency_kind, grant.purpose)
        ),
    }
    if consented:
        record["dpv:hasConsentControl"] = {"@type": "dpv:WithdrawConsent", "reg:at": operator.withdraw_at}
        record["dpv:hasConsentStatus"] = [_given(grant, indication)]
    else:
        record["reg:assigned"] = _indicated(indication)
    return record


def grant_of(record: Mapping[str, Any]) -> Grant:
    """Read the grant back, strictly: every part present, nothing else, and the readable part saying the same.

    Raises:
        RecordInvalid: the record is not exactly what build_record makes of a grant.
    """
    return _read(record)[0]


def agency_kind_of(record: Mapping[str, Any]) -> AgencyKind:
    """Return the agency kind the record was made for; whoever wraps compares it with the agency's own row.

    Raises:
        RecordInvalid: as for grant_of.
    """
    return _read(record)[1]


def method_of(record: Mapping[str, Any]) -> IndicationMethod:
    """Return by what a consent record says that it was given.

    Raises:
        RecordInvalid: it does not say.
    """
    try:
        return IndicationMethod(record["dpv:hasConsentStatus"][0]["dpv:hasIndicationMethod"])
    except (KeyError, IndexError, TypeError, ValueError):
        raise RecordInvalid("The record does not say how consent was given.") from None


def _read(record: Mapping[str, Any]) -> tuple[Grant, AgencyKind]:
    try:
        stated = record[GRANT]
        if set(stated) != _GRANT_KEYS:
            raise RecordInvalid("The grant in the record has other parts than a grant.")
        kind = AgencyKind(stated["agencyKind"])
        grant = _stated_grant(stated)
        rights = frozenset(Right(right) for right in stated["rights"])
        terms = _grant_terms(grant, kind, location=record["dpv:hasJurisdiction"], rights=rights)
        consented = record["@type"] == "dpv:ConsentRecord"
    except (KeyError, TypeError, ValueError, AttributeError, GrantInvalid) as wrong:
        raise RecordInvalid("The record holds no readable grant.") from wrong
    if any(record.get(term) != value for term, value in terms.items()):
        raise RecordInvalid("The grant in the record and what the record tells the person differ.")
    if not rights or not rights <= allowed_rights(kind, grant.purpose) or not grant.compartments_for(kind):
        raise RecordInvalid("The record gives a right that this kind of agency never gets.")
    if consented is not (grant.basis is Basis.CONSENT) or ("dpv:hasConsentStatus" in record) is not consented:
        raise RecordInvalid("The record and the grant rest on different bases.")
    return grant, kind


def _stated_grant(stated: Mapping[str, Any]) -> Grant:
    basis, norm = _basis_of(stated["basis"])
    return Grant(
        id=UUID(stated["id"]),
        person_id=UUID(stated["person"]),
        agency_id=UUID(stated["agency"]),
        purpose=Purpose(stated["purpose"]),
        basis=basis,
        norm=norm,
        sections=frozenset(Section(section) for section in stated["sections"]),
        appearances=tuple(UUID(appearance) for appearance in stated["appearances"]),
        not_before=instant_of(stated["notBefore"]),
        not_after=instant_of(stated["notAfter"]),
    )


def _grant_terms(grant: Grant, kind: AgencyKind, *, location: str, rights: frozenset[Right]) -> dict[str, Json]:
    """Return everything in a record that follows from the grant alone."""
    consented = grant.basis is Basis.CONSENT
    legal_basis: dict[str, Json] = {"@id": "eu-gdpr:A6-1-a" if consented else "eu-gdpr:A6-1-e"}
    if grant.norm is not None:
        legal_basis["dpv:hasApplicableLaw"] = grant.norm
    return {
        "dpv:hasDataSubject": {"@id": grant.person_id.urn, "@type": "dpv:DataSubject"},
        "dpv:hasRecipient": {"@id": grant.agency_id.urn, "@type": "dpv:Recipient", "reg:agencyKind": kind.value},
        "dpv:hasPurpose": {"@id": f"reg:purpose/{grant.purpose.value}", "@type": "dpv:Purpose"},
        "dpv:hasPersonalData": [{"@id": f"reg:section/{section}"} for section in _sorted_sections(grant)],
        "dpv:hasLegalBasis": legal_basis,
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageCondition",
            "dpv:hasDuration": {"@type": "dpv:UntilTimeDuration", "reg:until": instant_text(grant.not_after)},
            "dpv:hasLocation": location,
        },
        GRANT: _stated(grant, kind, rights=rights),
    }


def _stated(grant: Grant, kind: AgencyKind, *, rights: frozenset[Right]) -> dict[str, Json]:
    return {
        "id": str(grant.id),
        "person": str(grant.person_id),
        "agency": str(grant.agency_id),
        "agencyKind": kind.value,
        "purpose": grant.purpose.value,
        "basis": grant.basis.value if grant.norm is None else f"{grant.basis.value}({grant.norm})",
        "sections": [*_sorted_sections(grant)],
        "appearances": [str(appearance) for appearance in grant.appearances],
        "notBefore": instant_text(grant.not_before),
        "notAfter": instant_text(grant.not_after),
        "rights": [*sorted(right.value for right in rights)],
    }


def _basis_of(text: str) -> tuple[Basis, str | None]:
    """Read "consent" or "statute(norm)"."""
    if not text.endswith(")"):
        return Basis(text), None
    name, _, norm = text[:-1].partition("(")
    return Basis(name), norm


def _sorted_sections(grant: Grant) -> list[str]:
    return sorted(section.value for section in grant.sections)


def _notice_term(notice: Notice, *, consented: bool) -> dict[str, Json]:
    return {
        "@type": "dpv:ConsentNotice" if consented else "dpv:PrivacyNotice",
        "reg:version": notice.version,
        "reg:language": notice.language,
        "reg:sha256": notice.sha256,
    }


def _rights_of_person(*, consented: bool) -> list[Json]:
    return ["eu-gdpr:A7-3" if consented else "eu-gdpr:A21", "eu-gdpr:A15", "eu-gdpr:A17", "eu-gdpr:A77"]


def _given(grant: Grant, indication: Indication) -> dict[str, Json]:
    return {"@type": "dpv:ConsentGiven", "dpv:isIndicatedBy": {"@id": grant.person_id.urn}, **_indicated(indication)}


def _indicated(indication: Indication) -> dict[str, Json]:
    return {
        "dpv:isIndicatedAtTime": instant_text(indication.at),
        "dpv:hasIndicationMethod": indication.method.value,
        "reg:indicatedThrough": indication.by.value,
        "reg:channel": indication.channel.value,
    }

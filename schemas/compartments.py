"""Which entry kind is sealed with which: the sections people decide on, split where audiences differ.

The values are stored beside ciphertexts and inside their authenticated data; they never change meaning.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType


class Section(StrEnum):
    """What a person understands and decides on."""

    IDENTITY = "identity"
    IDENTIFIERS = "identifiers"
    CONTACT = "contact"
    RESIDENCE = "residence"
    LANGUAGES = "languages"
    EDUCATION = "education"
    WORK = "work"
    SKILLS = "skills"
    RECOGNITION = "recognition"
    PATHWAY = "pathway"
    NEEDS = "needs"
    GOALS = "goals"


class Compartment(StrEnum):
    """What is sealed with one key; the part before the dot is the section."""

    IDENTITY_CORE = "identity.core"
    IDENTITY_ORIGIN = "identity.origin"  # with the mother tongue it hints at ethnic origin (GDPR Art. 9)
    IDENTIFIERS_AZR = "identifiers.azr"  # use limited by section 10(4) AZRG
    IDENTIFIERS_BAMF = "identifiers.bamf"
    IDENTIFIERS_BA_CUSTOMER = "identifiers.ba-customer"  # shared by BA and Jobcenter, section 51a SGB II
    IDENTIFIERS_BA_REFERENCE = "identifiers.ba-reference"  # BA's applicant exchange alone
    IDENTIFIERS_JOBCENTER_CASE = "identifiers.jobcenter-case"
    IDENTIFIERS_INSURANCE = "identifiers.insurance"  # section 51a SGB II with section 147 SGB VI: BA and Jobcenter
    CONTACT_ADDRESS = "contact.address"
    CONTACT_REACH = "contact.reach"
    RESIDENCE_STATUS = "residence.status"
    RESIDENCE_WORK_PERMISSION = "residence.work-permission"
    LANGUAGES_CORE = "languages.core"
    EDUCATION_CORE = "education.core"
    WORK_CORE = "work.core"
    SKILLS_CORE = "skills.core"
    RECOGNITION_CORE = "recognition.core"
    PATHWAY_COURSES = "pathway.courses"
    PATHWAY_MEASURES = "pathway.measures"
    NEEDS_TRAINING = "needs.training"
    NEEDS_SUPPORT = "needs.support"
    GOALS_CORE = "goals.core"
    UNMAPPED = "unmapped"  # in no section: only the source and the person see it


class UnknownKindError(LookupError):
    """A name that is no entry kind; nothing of that name can be written."""

    code = "unknown-kind"


#: Every entry kind there is.
KINDS: Mapping[str, Compartment] = MappingProxyType(
    {
        "identity.name": Compartment.IDENTITY_CORE,
        "identity.birth-date": Compartment.IDENTITY_CORE,
        "identity.sex": Compartment.IDENTITY_CORE,
        "identity.nationality": Compartment.IDENTITY_ORIGIN,
        "identity.birth-place": Compartment.IDENTITY_ORIGIN,
        "identifiers.azr": Compartment.IDENTIFIERS_AZR,
        "identifiers.bamf": Compartment.IDENTIFIERS_BAMF,
        "identifiers.ba-customer": Compartment.IDENTIFIERS_BA_CUSTOMER,
        "identifiers.insurance": Compartment.IDENTIFIERS_INSURANCE,
        "identifiers.ba-reference": Compartment.IDENTIFIERS_BA_REFERENCE,
        "identifiers.jobcenter-case": Compartment.IDENTIFIERS_JOBCENTER_CASE,
        "contact.address": Compartment.CONTACT_ADDRESS,
        "contact.phone": Compartment.CONTACT_REACH,
        "contact.email": Compartment.CONTACT_REACH,
        "contact.language": Compartment.CONTACT_REACH,
        "residence.title": Compartment.RESIDENCE_STATUS,
        "residence.arrival": Compartment.RESIDENCE_STATUS,
        "residence.employment-permission": Compartment.RESIDENCE_WORK_PERMISSION,
        "residence.place-obligation": Compartment.RESIDENCE_WORK_PERMISSION,
        "languages.language": Compartment.LANGUAGES_CORE,
        "languages.literacy": Compartment.LANGUAGES_CORE,
        "education.school": Compartment.EDUCATION_CORE,
        "education.university": Compartment.EDUCATION_CORE,
        "education.vocational": Compartment.EDUCATION_CORE,
        "education.further": Compartment.EDUCATION_CORE,
        "work.experience": Compartment.WORK_CORE,
        "work.status": Compartment.WORK_CORE,
        "skills.skill": Compartment.SKILLS_CORE,
        "skills.strength": Compartment.SKILLS_CORE,
        "skills.licence": Compartment.SKILLS_CORE,
        "skills.assessment": Compartment.SKILLS_CORE,
        "recognition.procedure": Compartment.RECOGNITION_CORE,
        "recognition.comparability": Compartment.RECOGNITION_CORE,
        "pathway.course": Compartment.PATHWAY_COURSES,
        "pathway.entitlement": Compartment.PATHWAY_COURSES,
        "pathway.placement-test": Compartment.PATHWAY_COURSES,
        "pathway.measure": Compartment.PATHWAY_MEASURES,
        "pathway.placement": Compartment.PATHWAY_MEASURES,
        "pathway.outcome": Compartment.PATHWAY_MEASURES,
        "pathway.legal-circle": Compartment.PATHWAY_MEASURES,
        "needs.training": Compartment.NEEDS_TRAINING,
        "needs.language": Compartment.NEEDS_TRAINING,
        "needs.recognition": Compartment.NEEDS_TRAINING,
        "needs.support": Compartment.NEEDS_SUPPORT,
        "needs.childcare": Compartment.NEEDS_SUPPORT,
        "goals.occupation": Compartment.GOALS_CORE,
        "goals.training": Compartment.GOALS_CORE,
        "goals.working-time": Compartment.GOALS_CORE,
        "goals.mobility": Compartment.GOALS_CORE,
        "unmapped.path": Compartment.UNMAPPED,
    }
)


@cache
def section_of(compartment: Compartment) -> Section | None:
    """Return the section a compartment belongs to; None for unmapped, which nobody can grant."""
    if compartment is Compartment.UNMAPPED:
        return None
    return Section(compartment.value.partition(".")[0])


def compartment_of(kind: str) -> Compartment:
    """Return the one compartment an entry kind is sealed in.

    Raises:
        UnknownKindError: there is no such kind.
    """
    try:
        return KINDS[kind]
    except KeyError:
        raise UnknownKindError(f"There is no entry kind {kind!r}.") from None


def kinds_of(compartment: Compartment) -> frozenset[str]:
    """Return the entry kinds sealed in a compartment; never empty."""
    return frozenset(kind for kind, holder in KINDS.items() if holder is compartment)

"""The most an agency kind may ever get for a purpose, whatever is granted.

A row lists entry kinds, because laws name fields; a compartment is allowed only when every one of its kinds is
listed. A test proves that each row is a union of whole compartments. No row means: no business, nothing.
The norms were read as consolidated copies; lawyers confirm them before production.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from schemas.compartments import Compartment, Section, kinds_of, section_of
from schemas.vocabularies.access import AgencyKind, Purpose, Right

# What reads like one thing in the laws and is therefore listed together below.
_PERSON = ("identity.name", "identity.birth-date", "identity.sex")
_ORIGIN = ("identity.nationality", "identity.birth-place")
_ADDRESS = ("contact.address",)
_REACH = ("contact.phone", "contact.email", "contact.language")
_STATUS = ("residence.title", "residence.arrival")
_WORK_PERMISSION = ("residence.employment-permission", "residence.place-obligation")
_LANGUAGES = ("languages.language", "languages.literacy")
_EDUCATION = ("education.school", "education.university", "education.vocational", "education.further")
_WORK = ("work.experience", "work.status")
_SKILLS = ("skills.skill", "skills.strength", "skills.licence", "skills.assessment")
_RECOGNITION = ("recognition.procedure", "recognition.comparability")
_COURSES = ("pathway.course", "pathway.entitlement", "pathway.placement-test")
_MEASURES = ("pathway.measure", "pathway.placement", "pathway.outcome", "pathway.legal-circle")
_TRAINING_NEEDS = ("needs.training", "needs.language", "needs.recognition")
_SUPPORT_NEEDS = ("needs.support", "needs.childcare")
_GOALS = ("goals.occupation", "goals.training", "goals.working-time", "goals.mobility")

CEILINGS: Mapping[tuple[AgencyKind, Purpose], tuple[str, ...]] = MappingProxyType(
    {
        # Section 3(3) AZRG, Annex 9a AZRG-DV: what BAMF asks at the first application; no skills, needs or goals.
        (AgencyKind.BAMF, Purpose.INTAKE): (
            *_PERSON, *_ORIGIN, "identifiers.azr", "identifiers.bamf", *_ADDRESS, *_LANGUAGES, *_EDUCATION, *_WORK,
        ),
        # Section 26(1) DeuFoeV, section 8 IntV, section 88a AufenthG: course admission; skills are not in the list.
        (AgencyKind.BAMF, Purpose.LANGUAGE_SUPPORT): (
            *_PERSON, *_ORIGIN, "identifiers.bamf", "identifiers.ba-customer", *_ADDRESS, *_REACH, *_LANGUAGES,
            *_EDUCATION, *_COURSES,
        ),
        # Section 37(1) SGB III: potential analysis, using first what is there; section 18b AZRG for its sources.
        (AgencyKind.BA, Purpose.INTAKE): (
            *_PERSON, *_ORIGIN, "identifiers.ba-customer", "identifiers.insurance", "identifiers.ba-reference",
            *_ADDRESS, *_REACH, *_WORK_PERMISSION, *_LANGUAGES, *_EDUCATION, *_WORK, *_SKILLS, *_RECOGNITION,
            *_COURSES, *_MEASURES, *_TRAINING_NEEDS, *_GOALS,
        ),
        # Sections 35, 37 SGB III: placement by suitability; family and support needs are not BA's task.
        (AgencyKind.BA, Purpose.PLACEMENT): (
            *_PERSON, "identifiers.ba-customer", "identifiers.ba-reference", *_ADDRESS, *_REACH, *_WORK_PERMISSION,
            *_LANGUAGES, *_EDUCATION, *_WORK, *_SKILLS, *_RECOGNITION, *_COURSES, *_MEASURES, *_TRAINING_NEEDS, *_GOALS,
        ),
        # Section 45a AufenthG, sections 4 and 26(1) DeuFoeV: entitlement depends on title, citizenship and level.
        (AgencyKind.BA, Purpose.LANGUAGE_SUPPORT): (
            *_PERSON, *_ORIGIN, "identifiers.ba-customer", *_REACH, *_STATUS, *_LANGUAGES, *_COURSES,
        ),
        # Sections 29, 30 SGB III: vocational guidance on recognition; neither numbers nor status are needed.
        (AgencyKind.BA, Purpose.RECOGNITION_ADVICE): (
            *_PERSON, *_REACH, *_LANGUAGES, *_EDUCATION, *_WORK, *_RECOGNITION, *_GOALS,
        ),
        # Sections 29 to 31 SGB III: guidance on aptitude and training.
        (AgencyKind.BA, Purpose.COUNSELLING): (
            *_PERSON, *_REACH, *_LANGUAGES, *_EDUCATION, *_WORK, *_SKILLS, *_RECOGNITION, *_TRAINING_NEEDS, *_GOALS,
        ),
        # Sections 15(1), 51a, 51b SGB II; the case number of the Jobcenter before, so that its file can be asked for.
        (AgencyKind.JOBCENTER, Purpose.INTAKE): (
            *_PERSON, *_ORIGIN, "identifiers.ba-customer", "identifiers.insurance", "identifiers.jobcenter-case",
            *_ADDRESS, *_REACH, *_STATUS, *_WORK_PERMISSION, *_LANGUAGES, *_EDUCATION, *_WORK, *_SKILLS, *_RECOGNITION,
            *_COURSES, *_MEASURES, *_TRAINING_NEEDS, *_SUPPORT_NEEDS, *_GOALS,
        ),
        # Sections 15, 16, 16a SGB II: integration into work, with childcare and other municipal support.
        (AgencyKind.JOBCENTER, Purpose.PLACEMENT): (
            *_PERSON, "identifiers.ba-customer", *_ADDRESS, *_REACH, *_WORK_PERMISSION, *_LANGUAGES, *_EDUCATION,
            *_WORK, *_SKILLS, *_RECOGNITION, *_COURSES, *_MEASURES, *_TRAINING_NEEDS, *_SUPPORT_NEEDS, *_GOALS,
        ),
        # Sections 44a, 45a, 88a AufenthG, section 8 IntV: messages to BAMF name its own number and the customer number.
        (AgencyKind.JOBCENTER, Purpose.LANGUAGE_SUPPORT): (
            *_PERSON, *_ORIGIN, "identifiers.bamf", "identifiers.ba-customer", *_REACH, *_STATUS, *_LANGUAGES,
            *_COURSES,
        ),
        # Sections 14, 16a SGB II: advice and personal support; employment history is placement's matter.
        (AgencyKind.JOBCENTER, Purpose.COUNSELLING): (
            *_PERSON, *_REACH, *_LANGUAGES, *_MEASURES, *_TRAINING_NEEDS, *_SUPPORT_NEEDS, *_GOALS,
        ),
        # Section 18a AZRG: bodies of social welfare and AsylbLG may have schooling, occupation and languages.
        (AgencyKind.MUNICIPALITY, Purpose.INTAKE): (
            *_PERSON, *_ORIGIN, *_ADDRESS, *_REACH, *_LANGUAGES, *_EDUCATION, *_WORK, *_SUPPORT_NEEDS,
        ),
        # Section 5b AsylbLG: obligation to a course depends on title and level.
        (AgencyKind.MUNICIPALITY, Purpose.LANGUAGE_SUPPORT): (
            *_PERSON, *_REACH, *_STATUS, *_LANGUAGES, *_COURSES,
        ),
        # Consent only: municipal integration management has no statute for qualification data.
        (AgencyKind.MUNICIPALITY, Purpose.COUNSELLING): (
            *_PERSON, *_ADDRESS, *_REACH, *_LANGUAGES, *_EDUCATION, *_WORK, *_COURSES, *_TRAINING_NEEDS,
            *_SUPPORT_NEEDS, *_GOALS,
        ),
        # Consent only: an adviser needs to know who comes, in which language, and how to answer.
        (AgencyKind.ADVISER, Purpose.INTAKE): (*_PERSON, *_REACH, *_LANGUAGES),
        # Section 45 AufenthG: migration advice helps to find a course; title and numbers stay out.
        (AgencyKind.ADVISER, Purpose.LANGUAGE_SUPPORT): (*_PERSON, *_REACH, *_LANGUAGES, *_COURSES),
        # Section 4 BQFG asks for training and practice; neither status nor numbers.
        (AgencyKind.ADVISER, Purpose.RECOGNITION_ADVICE): (
            *_PERSON, *_REACH, *_LANGUAGES, *_EDUCATION, *_WORK, *_RECOGNITION, *_GOALS,
        ),
        # Section 45 AufenthG, consent only: advice on the whole way, without status, origin and numbers.
        (AgencyKind.ADVISER, Purpose.COUNSELLING): (
            *_PERSON, *_REACH, *_LANGUAGES, *_EDUCATION, *_WORK, *_SKILLS, *_RECOGNITION, *_COURSES, *_TRAINING_NEEDS,
            *_SUPPORT_NEEDS, *_GOALS,
        ),
    }
)  # fmt: skip

#: Searching is for filling jobs and courses; receiving is for offices with a system of their own that must act on it.
RIGHTS: Mapping[Purpose, frozenset[Right]] = MappingProxyType(
    {
        Purpose.INTAKE: frozenset({Right.READ}),
        Purpose.PLACEMENT: frozenset({Right.READ, Right.SEARCH, Right.RECEIVE}),
        Purpose.LANGUAGE_SUPPORT: frozenset({Right.READ, Right.SEARCH, Right.RECEIVE}),
        Purpose.RECOGNITION_ADVICE: frozenset({Right.READ}),
        Purpose.COUNSELLING: frozenset({Right.READ}),
    }
)


def allowed_kinds(kind: AgencyKind, purpose: Purpose) -> frozenset[str]:
    """Return the entry kinds listed for an agency kind and purpose; empty where it has no business."""
    return frozenset(CEILINGS.get((kind, purpose), ()))


@cache
def allowed_compartments(kind: AgencyKind, purpose: Purpose) -> frozenset[Compartment]:
    """Return the compartments whose every kind is listed; never unmapped; empty means refuse."""
    listed = allowed_kinds(kind, purpose)
    return frozenset(
        compartment
        for compartment in Compartment
        if section_of(compartment) is not None and kinds_of(compartment) <= listed
    )


@cache
def allowed_sections(kind: AgencyKind, purpose: Purpose) -> frozenset[Section]:
    """Return the sections of which an agency may get at least a part: what a grant can name."""
    sections = {section_of(compartment) for compartment in allowed_compartments(kind, purpose)}
    return frozenset(section for section in sections if section is not None)


def allowed_rights(kind: AgencyKind, purpose: Purpose) -> frozenset[Right]:
    """Return what a grant lets this agency do; advisers read at the desk only."""
    if not allowed_compartments(kind, purpose):
        return frozenset()
    if kind is AgencyKind.ADVISER:
        return frozenset({Right.READ})
    return RIGHTS[purpose]


def own_compartments() -> frozenset[Compartment]:
    """Return what a source may re-read of its own appearance for purpose intake: all of it, also unmapped."""
    return frozenset(Compartment)

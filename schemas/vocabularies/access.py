"""Who acts, for whom and for what: the codes that decide access. Source: our own design."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Purpose(StrEnum):
    """What an agency wants the data for; a grant names exactly one."""

    INTAKE = "intake"
    PLACEMENT = "placement"
    LANGUAGE_SUPPORT = "language-support"
    RECOGNITION_ADVICE = "recognition-advice"
    COUNSELLING = "counselling"


class AgencyKind(StrEnum):
    """What sort of office an agency is; decides its ceilings."""

    BAMF = "bamf"
    BA = "ba"
    JOBCENTER = "jobcenter"
    MUNICIPALITY = "municipality"
    ADVISER = "adviser"


class Basis(StrEnum):
    """On which legal footing something is opened; consent is never shown where a statute orders."""

    CONSENT = "consent"
    STATUTE = "statute"
    OWN = "own"  # a source re-reads its own appearance; never the basis of a grant


class Lane(StrEnum):
    """Which way an access request takes: the agency's own appearance, or what others shared."""

    OWN = "own"
    SHARED = "shared"


class ActorKind(StrEnum):
    """Who acts; guardian and guide act in a person's name, marked so."""

    OFFICER = "officer"
    MACHINE = "machine"
    PERSON = "person"
    GUARDIAN = "guardian"
    GUIDE = "guide"


class Role(StrEnum):
    """What an officer may do inside the own agency."""

    CLERK = "clerk"
    CASE_OFFICER = "case-officer"
    APPROVER = "approver"
    DATA_PROTECTION_OFFICER = "data-protection-officer"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What a grant lets an agency do with the opened compartments."""

    READ = "read"
    SEARCH = "search"
    RECEIVE = "receive"


class GrantStatus(StrEnum):
    """Where a grant stands in its life."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class RequestStatus(StrEnum):
    """Where a request stands: what an office asked a person for."""

    OPEN = "open"
    ANSWERED = "answered"  # by a grant, perhaps of fewer sections
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # the office took it back
    EXPIRED = "expired"


class RequestReason(StrEnum):
    """Why an office asks; a code, so that she reads it in her language.

    There is none for deciding on a benefit: consent is never tied to one, and what a decision needs has a norm.
    """

    FIRST_MEETING = "first-meeting"  # so that she need not be asked again what others asked
    CHANGE_OF_OFFICE = "change-of-office"  # another office is responsible from now on
    PLACEMENT_OFFER = "placement-offer"  # a job that may suit her
    TRAINING_OFFER = "training-offer"  # vocational training, further training or a measure that may suit her
    INTEGRATION_PLAN = "integration-plan"  # agreeing on the next steps (section 15 SGB II, section 37 SGB III)
    COURSE_PLACEMENT = "course-placement"  # a language course of the right kind and level
    QUALIFICATION_ADVICE = "qualification-advice"  # what recognition of a qualification would take
    ADVICE = "advice"  # she came with a question
    SUPPORT_SEARCH = "support-search"  # childcare or other help


#: For which purposes a reason can be given.
REASONS: Mapping[RequestReason, frozenset[Purpose]] = MappingProxyType(
    {
        RequestReason.FIRST_MEETING: frozenset({Purpose.INTAKE}),
        RequestReason.CHANGE_OF_OFFICE: frozenset({Purpose.INTAKE}),
        RequestReason.PLACEMENT_OFFER: frozenset({Purpose.PLACEMENT}),
        RequestReason.TRAINING_OFFER: frozenset({Purpose.PLACEMENT}),
        RequestReason.INTEGRATION_PLAN: frozenset({Purpose.PLACEMENT, Purpose.COUNSELLING}),
        RequestReason.COURSE_PLACEMENT: frozenset({Purpose.LANGUAGE_SUPPORT}),
        RequestReason.QUALIFICATION_ADVICE: frozenset({Purpose.RECOGNITION_ADVICE}),
        RequestReason.ADVICE: frozenset({Purpose.COUNSELLING}),
        RequestReason.SUPPORT_SEARCH: frozenset({Purpose.COUNSELLING}),
    }
)


class Verdict(StrEnum):
    """What somebody at an office says about two records that may be of one person."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"  # they stay to be decided


class Ground(StrEnum):
    """On what a verdict rests; a code, because a text would name somebody sooner or later."""

    PERSON_ASKED = "person-asked"
    PAPERS_SEEN = "papers-seen"
    OFFICE_ASKED = "office-asked"  # the other office
    RECORDS_COMPARED = "records-compared"  # what is recorded says enough
    PERSON_ABSENT = "person-absent"
    PAPERS_MISSING = "papers-missing"
    TOO_LITTLE_RECORDED = "too-little-recorded"
    MAY_BE_RELATIVES = "may-be-relatives"  # twins, siblings, father and son of one name
    OFFICE_SILENT = "office-silent"  # the other office was asked and has not answered


_DECIDED = (Ground.PERSON_ASKED, Ground.PAPERS_SEEN, Ground.OFFICE_ASKED, Ground.RECORDS_COMPARED)
#: On what each verdict can rest.
GROUNDS: Mapping[Verdict, tuple[Ground, ...]] = MappingProxyType(
    {
        Verdict.SAME: _DECIDED,
        Verdict.DIFFERENT: _DECIDED,
        Verdict.UNSURE: (
            Ground.PERSON_ABSENT,
            Ground.PAPERS_MISSING,
            Ground.OFFICE_SILENT,
            Ground.TOO_LITTLE_RECORDED,
            Ground.MAY_BE_RELATIVES,
        ),
    }
)


class Channel(StrEnum):
    """How a consent text reached the person."""

    OWN_DEVICE = "own-device"
    COUNTER = "counter"
    COUNTER_INTERPRETER = "counter-interpreter"
    READ_ALOUD = "read-aloud"
    PAPER = "paper"


class IndicationMethod(StrEnum):
    """What proves that the decision was made."""

    PASSKEY = "passkey"
    LETTER_CODE = "letter-code"
    TWO_OFFICERS = "two-officers"
    ASSIGNMENT = "assignment"

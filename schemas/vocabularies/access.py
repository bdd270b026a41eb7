"""Who acts, for whom and for what: the codes that decide access. Source: our own design."""

from enum import StrEnum


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

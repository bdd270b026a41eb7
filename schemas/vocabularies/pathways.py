"""How courses, measures, needs and legal circles are coded. Source: our own design, where none is named."""

from enum import StrEnum


class CourseKind(StrEnum):
    """What sort of course it is."""

    INTEGRATION = "integration"  # section 43 AufenthG
    LITERACY = "literacy"  # integration course with alphabetisation, second-script learners, low literacy
    JOB_GERMAN = "job-german"  # section 45a AufenthG
    FIRST_ORIENTATION = "first-orientation"
    LANGUAGE = "language"
    VOCATIONAL = "vocational"
    OTHER = "other"


class ParticipationStatus(StrEnum):
    """Where a course, measure or placement stands."""

    ENTITLED = "entitled"
    OBLIGED = "obliged"
    REGISTERED = "registered"
    ONGOING = "ongoing"
    COMPLETED = "completed"
    BROKEN_OFF = "broken-off"
    NOT_STARTED = "not-started"


class LegalCircle(StrEnum):
    """Which law somebody's benefits and placement follow."""

    SGB_II = "sgb-2"
    SGB_III = "sgb-3"
    ASYLBLG = "asylblg"
    OTHER = "other"


class NeedStatus(StrEnum):
    """What becomes of a need."""

    OPEN = "open"
    PLANNED = "planned"
    MET = "met"
    DROPPED = "dropped"


class LiteracyLevel(StrEnum):
    """How well somebody reads and writes in one script."""

    NONE = "none"
    LETTERS = "letters"
    SIMPLE = "simple"
    FLUENT = "fluent"

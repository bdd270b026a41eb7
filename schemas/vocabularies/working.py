"""How work, licences, working time, residence and work permission are coded. Source: where none is named, our own."""

from enum import StrEnum


class EmploymentStatus(StrEnum):
    """What a person does at present, as an office records it."""

    EMPLOYED = "employed"
    SELF_EMPLOYED = "self-employed"
    UNEMPLOYED = "unemployed"
    JOB_SEEKING = "job-seeking"
    TRAINING_SEEKING = "training-seeking"
    IN_TRAINING = "in-training"
    IN_EDUCATION = "in-education"
    NOT_SEEKING = "not-seeking"


class SkillScale(StrEnum):
    """In whose words the grade of a skill is expressed."""

    BA_VERBAL = "ba-verbal"  # basic, extended, expert
    MYSKILLS = "myskills"  # 0 to 4 per field of action
    TEXT = "text"
    YES_NO = "yes-no"


class LicenceKind(StrEnum):
    """What a licence allows."""

    DRIVING = "driving"  # code: the class, Directive 2006/126/EC
    MACHINE = "machine"
    OTHER = "other"


class WorkingTime(StrEnum):
    """How much and when somebody can work; BA's codes vz, tz, snw, ht, mj."""

    FULL = "full"
    PART = "part"
    SHIFTS = "shifts"
    HOME = "home"
    MINI_JOB = "mini-job"


class WorkPermission(StrEnum):
    """What a residence document says about employment (section 4a AufenthG, section 61 AsylG)."""

    ALLOWED = "allowed"
    WITH_APPROVAL = "with-approval"
    NOT_ALLOWED = "not-allowed"
    UNCLEAR = "unclear"


class ResidenceCategory(StrEnum):
    """What a residence title or status is, as far as work and courses depend on it (AufenthG, AsylG, FreizügG/EU)."""

    PERMISSION_TO_RESIDE = "permission-to-reside"  # Aufenthaltsgestattung, section 55 AsylG: the procedure runs
    TOLERATED = "tolerated"  # Duldung, section 60a AufenthG; also for training (60c) and employment (60d)
    PROTECTION = "protection"  # section 25(1) to (3) AufenthG; which of them is not for us to keep
    TEMPORARY_PROTECTION = "temporary-protection"  # section 24 AufenthG
    RESIDENCE_PERMIT = "residence-permit"  # Aufenthaltserlaubnis on any other ground, section 7 AufenthG
    SETTLEMENT = "settlement"  # Niederlassungserlaubnis, section 9 AufenthG, and section 9a
    EU = "eu"  # freedom of movement, FreizügG/EU
    OTHER = "other"
    UNCLEAR = "unclear"


class PhoneKind(StrEnum):
    """What a number is good for."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    MESSENGER = "messenger"

"""How schooling, degrees and their recognition are coded."""

from enum import StrEnum


class IscedLevel(StrEnum):
    """Level of the International Standard Classification of Education. Source: ISCED 2011 (UNESCO-UIS)."""

    EARLY_CHILDHOOD = "0"
    PRIMARY = "1"
    LOWER_SECONDARY = "2"
    UPPER_SECONDARY = "3"
    POST_SECONDARY = "4"
    SHORT_CYCLE_TERTIARY = "5"
    BACHELOR = "6"
    MASTER = "7"
    DOCTORAL = "8"
    NOT_ELSEWHERE = "9"


class Completion(StrEnum):
    """How an education ended. Source: our own design."""

    COMPLETED = "completed"
    LEFT_WITHOUT = "left-without"
    ONGOING = "ongoing"


class GermanLeaving(StrEnum):
    """German school leaving, or the one a foreign one was certified to equal.

    Source: AZR list "Art des Schulabschlusses", with the statement that there is none, which AZR cannot make.
    """

    NONE = "none"
    SPECIAL_SCHOOL = "special-school"
    LOWER = "lower"  # Hauptschulabschluss
    LOWER_EXTENDED = "lower-extended"  # qualifizierender oder erweiterter Hauptschulabschluss
    MIDDLE = "middle"  # Mittlere Reife
    UPPER_WITHOUT = "upper-without"  # Klasse 11 bis 13 ohne Abschluss
    APPLIED = "applied"  # Fachhochschulreife
    SUBJECT_BOUND = "subject-bound"  # fachgebundene Hochschulreife
    GENERAL = "general"  # allgemeine Hochschulreife


class Degree(StrEnum):
    """What a university awarded."""

    NONE = "none"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTORATE = "doctorate"
    STATE_EXAM = "state-exam"
    OTHER = "other"


class AnabinRating(StrEnum):
    """Rating of a university in anabin (database of the Central Office for Foreign Education)."""

    RECOGNISED = "H+"
    CASE_BY_CASE = "H+/-"
    NOT_RECOGNISED = "H-"


class RecognitionState(StrEnum):
    """Where a recognition procedure stands. Source: the steps of the BQFG, sections 4 to 14."""

    UNCLEAR = "unclear"  # a register was told that it is not known; differs from nothing asked
    NONE = "none"  # nobody applied ("kein Antrag"): says nothing of whether it would be recognised
    NOT_RECOGNISED = "not-recognised"  # said without a procedure or its result; neither NONE nor a rejection
    ADVISED = "advised"
    APPLIED = "applied"
    RECEIPT_CONFIRMED = "receipt-confirmed"
    DOCUMENTS_MISSING = "documents-missing"
    IN_ASSESSMENT = "in-assessment"
    QUALIFICATION_ANALYSIS = "qualification-analysis"
    FULL = "full"
    PARTIAL = "partial"
    COMPENSATION_IMPOSED = "compensation-imposed"
    REJECTED_REGULATED = "rejected-regulated"
    REJECTED_UNREGULATED = "rejected-unregulated"
    STATEMENT_OF_COMPARABILITY = "statement-of-comparability"

"""On what a statement rests, and why it stands no more. Source: our own design."""

from enum import StrEnum


class EvidenceType(StrEnum):
    """What the recorder saw or heard."""

    SELF_REPORT = "self-report"
    DOCUMENT_SEEN = "document-seen"
    CERTIFICATE = "certificate"
    REGISTER = "register"
    TEST = "test"
    ASSESSMENT = "assessment"


class EndReason(StrEnum):
    """Why a statement stands no more; "wrong" says that it never was true (AZR: Berichtigung)."""

    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    WRONG = "wrong"

"""On what a statement rests. Source: our own design."""

from enum import StrEnum


class EvidenceType(StrEnum):
    """What the recorder saw or heard."""

    SELF_REPORT = "self-report"
    DOCUMENT_SEEN = "document-seen"
    CERTIFICATE = "certificate"
    REGISTER = "register"
    TEST = "test"
    ASSESSMENT = "assessment"

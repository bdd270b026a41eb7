"""Language skills, the scales offices use for them, and the codes of each scale, kept as reported."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

#: The shape of a BCP 47 tag as far as we use it: language, script, region.
TAG = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\Z"


class Cefr(StrEnum):
    """Level of the Common European Framework of Reference (Council of Europe)."""

    A1 = "A1"
    A2 = "A2"
    B1 = "B1"
    B2 = "B2"
    C1 = "C1"
    C2 = "C2"


class LanguageSkill(StrEnum):
    """What of a language is meant; overall where the source does not tell them apart."""

    OVERALL = "overall"
    LISTENING = "listening"
    READING = "reading"
    WRITING = "writing"
    SPEAKING = "speaking"
    INTERACTION = "interaction"


class Scale(StrEnum):
    """In whose words a level is expressed. Only cefr says a CEFR level; the others never imply one."""

    CEFR = "cefr"
    NATIVE = "native"
    BA_VERBAL = "ba-verbal"
    AZR_GRADE = "azr-grade"
    JOBCENTER_TEXT = "jobcenter-text"
    DTZ = "dtz"
    DTZ_PART = "dtz-part"
    POINTS = "points"


#: The codes of each closed scale; the scales that are missing here carry text as the source wrote it.
SCALE_CODES: Mapping[Scale, frozenset[str]] = MappingProxyType(
    {
        Scale.CEFR: frozenset(level.value for level in Cefr),
        Scale.NATIVE: frozenset({"native"}),
        # BA's four words: Grundkenntnisse, Erweiterte Kenntnisse, Verhandlungssicher, Muttersprache
        Scale.BA_VERBAL: frozenset({"basic", "extended", "fluent", "native"}),
        # urn:de:xauslaender:codelist:azr:graddersprachkenntnis
        Scale.AZR_GRADE: frozenset({"01", "02", "03", "04", "99"}),
        # urn:de:xauslaender:codelist:int:abschlusstestergebnis: the result as a whole
        Scale.DTZ: frozenset({"below-A2", "A2", "B1"}),
        # urn:de:xauslaender:codelist:int:abschlusstestergebnisinterpretation: one part of the test
        Scale.DTZ_PART: frozenset({"190", "191", "192", "193", "194", "195", "196"}),
    }
)

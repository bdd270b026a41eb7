"""What Jobcenters write about courses, needs and licences in free words: only sure words become codes."""

from __future__ import annotations

import re
from typing import Any

from schemas.vocabularies.languages import Cefr

#: First match decides; the words are those of the case-work system, with their usual short forms.
_KINDS = (
    (re.compile(r"\b(alpha\w*|zweitschriftlerner\w*)\b", re.IGNORECASE), "literacy"),
    (re.compile(r"\b(BSK|berufssprachkurs\w*|DeuFöV)\b", re.IGNORECASE), "job-german"),
    (re.compile(r"\b(IK|integrationskurs\w*|DTZ)\b", re.IGNORECASE), "integration"),
    (re.compile(r"\b(EOK|erstorientierungskurs\w*)\b", re.IGNORECASE), "first-orientation"),
    (re.compile(r"\b(sprachkurs\w*|deutschkurs\w*)\b", re.IGNORECASE), "language"),
)
#: "nicht abgeschlossen" says nothing sure: such a text has no status.
_DENIED = re.compile(r"\b(nicht|nie|kein\w*|ohne)\b", re.IGNORECASE)
_STATES = (
    (re.compile(r"\babgeschlossen\b", re.IGNORECASE), "completed"),
    (re.compile(r"\b(abgebrochen|abbruch)\b", re.IGNORECASE), "broken-off"),
    (re.compile(r"\b(laufend|läuft)\b", re.IGNORECASE), "ongoing"),
    (re.compile(r"\bangemeldet\b", re.IGNORECASE), "registered"),
    (re.compile(r"\bberechtigt\b", re.IGNORECASE), "entitled"),
    (re.compile(r"\bverpflichtet\b", re.IGNORECASE), "obliged"),
)
_LEVEL = re.compile(r"\b(?:A1|A2|B1|B2|C1|C2)\b")
#: The test's name, its level, and that it was passed: then the level is a result.
_PASSED = re.compile(r"\bDTZ\b.*\bbestanden\b", re.IGNORECASE)
_LANGUAGE_NEED = re.compile(
    r"\b(BSK|IK|berufssprachkurs\w*|sprachkurs\w*|deutschkurs\w*|integrationskurs\w*|alphabetisierung\w*)\b",
    re.IGNORECASE,
)
_RECOGNITION_NEED = re.compile(r"\b\w*anerkennung\w*\b", re.IGNORECASE)


def course(text: str) -> dict[str, Any]:
    """Return a course as said, with kind, state and level where the words are sure."""
    value: dict[str, Any] = {"type": course_kind(text), "as_said": text}
    is_denied = bool(_DENIED.search(text))
    states = {state for pattern, state in _STATES if pattern.search(text)}
    level = only_level(text)
    if _PASSED.search(text) and not is_denied and level:
        value["result_level"] = level
    elif level and not is_denied:
        value["target_level"] = level
    if len(states) == 1 and not is_denied:
        value["status"] = states.pop()
    return value


def course_kind(text: str) -> str:
    """Return the kind of course a text speaks of; "other" where no word says it."""
    return next((kind for pattern, kind in _KINDS if pattern.search(text)), "other")


def only_level(text: str) -> str | None:
    """Return the one level of CEFR in a text; None for none and for several."""
    levels = set(_LEVEL.findall(text))
    return Cefr(levels.pop()).value if len(levels) == 1 else None


def need(text: str) -> tuple[str, dict[str, Any]]:
    """Return kind and value of one need as said."""
    if _RECOGNITION_NEED.search(text):
        return "needs.recognition", {"text": text}
    if _LANGUAGE_NEED.search(text):
        level = only_level(text)
        return "needs.language", {"text": text} | ({"target_level": level} if level else {})
    return "needs.training", {"text": text}

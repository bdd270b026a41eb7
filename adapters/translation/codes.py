"""What agencies report in codes, as our values keep it: the code itself, results of languages, certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.vocabularies.languages import Cefr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The levels of the Common European Framework; no other word or number becomes one.
CEFR = frozenset(level.value for level in Cefr)


def reported(scheme: str, code: str, label: str | None = None) -> dict[str, str]:
    """Return a code as its source said it."""
    return {"scheme": scheme, "code": code} | ({"label": label} if label else {})


def reported_code(value: Mapping[str, Any], scheme: str) -> str | None:
    """Return the code of one list that stands beside a value."""
    return next((one["code"] for one in value.get("reported", ()) if one["scheme"] == scheme), None)


def result(code: str, scale: str, *, cefr: str | None = None, skill: str = "overall") -> dict[str, Any]:
    """Return how well a language is known.

    Args:
        cefr: the level that the source says this is, never one that we think it is.
    """
    return {"skill": skill, "scale": scale, "code": code, "cefr": cefr}


def cefr_result(level: str) -> dict[str, Any]:
    """Return a level of all skills together that is one of the framework."""
    return result(level, "cefr", cefr=level)


def certificate(name: str, results: Sequence[Mapping[str, Any]], date: str | None = None) -> dict[str, Any]:
    """Return a certificate with what it says."""
    return {"name": name, "results": list(results)} | ({"date": date} if date else {})


def language(
    tag: str | None,
    as_said: str,
    *,
    levels: Sequence[Mapping[str, Any]] = (),
    certificates: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return a language with what is said of it; the tag is None where the words do not decide."""
    return {"language": tag, "as_said": as_said, "levels": list(levels), "certificates": list(certificates)}

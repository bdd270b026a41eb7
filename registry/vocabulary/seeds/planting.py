"""Puts the shipped names into the tables, beside whatever an import has brought."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from registry.vocabulary.concepts import ISCO_KINDS, KLDB_KINDS, Concept, Contents, Label, Role
from registry.vocabulary.storing import add_missing
from schemas.vocabularies.terms import Scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

_LANGUAGES = ("de", "en")
_KINDS: Mapping[Scheme, Mapping[int, str]] = {Scheme.KLDB: KLDB_KINDS, Scheme.ISCO: ISCO_KINDS}


def plant_into(url: str) -> int:
    """As `plant`, in a database at this address, as its owner; for starts, which have no sessions of their own."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    with Session(engine) as session, session.begin():
        return plant(session)


def plant(session: Session) -> int:
    """Add the shipped names that are missing, and touch no other; return how many; the caller commits."""
    return sum(add_missing(session, seed(scheme)) for scheme in _KINDS)


def seed(scheme: Scheme) -> Contents:
    """Return what we ship of a scheme: code, German and English title of two levels."""
    rows: list[list[str]] = json.loads(files(__package__).joinpath(f"{scheme}.json").read_text(encoding="utf-8"))
    concepts = [
        Concept(
            code,
            _KINDS[scheme][len(code)],
            tuple(Label(language, title, Role.PREFERRED) for language, title in zip(_LANGUAGES, titles, strict=True)),
            code[:-1] or None,
        )
        for code, *titles in rows
    ]
    return Contents(name="seed", read=len(rows), languages=_LANGUAGES, scheme=scheme, concepts=concepts)

"""Loaded terms, their names, and how they hang together; shared reference data, nothing about persons."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from registry.db import Base


class Term(Base):
    """One concept of a scheme; never deleted, because profiles point at it."""

    __tablename__ = "term"

    scheme: Mapped[str] = mapped_column(primary_key=True)  #: a value of `Scheme`
    code: Mapped[str] = mapped_column(primary_key=True)  #: as profiles carry it; for ESCO the concept's URI
    parent: Mapped[str | None]  #: the code above it: in the same scheme, for dkz in kldb-2010
    kind: Mapped[str]  #: level or sort within the scheme, e.g. main-group, knowledge
    status: Mapped[str]  #: current or retired
    edition: Mapped[str | None]  #: of which it was last read as far as anybody said, e.g. 1.2.0


class TermLabel(Base):
    """One name of a term in one language."""

    __tablename__ = "term_label"
    __table_args__ = (
        ForeignKeyConstraint(["scheme", "code"], ["term.scheme", "term.code"], name="fk_term_label_term"),
        # Words without the text-search parser, which knows nothing of our folding and depends on the server's locale.
        Index(
            "ix_term_label_words",
            func.array_to_tsvector(func.string_to_array(text("folded"), text("' '::text"))),
            postgresql_using="gin",
        ),
    )

    scheme: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)  #: BCP 47
    label: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]  #: preferred (one for each language), alternative, or hidden: found by, never shown
    folded: Mapped[str]  #: `folding.fold(label)`: words with one space between them, never empty


class TermBroader(Base):
    """One term lies within another; many to many, also across schemes."""

    __tablename__ = "term_broader"
    __table_args__ = (Index("ix_term_broader_broader_code", "broader_scheme", "broader_code"),)

    scheme: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    broader_scheme: Mapped[str] = mapped_column(primary_key=True)
    broader_code: Mapped[str] = mapped_column(primary_key=True)


class Crosswalk(Base):
    """A step from a term to one of another scheme; many to many, and walked both ways."""

    __tablename__ = "crosswalk"
    __table_args__ = (Index("ix_crosswalk_to_code", "to_scheme", "to_code"),)

    from_scheme: Mapped[str] = mapped_column(primary_key=True)
    from_code: Mapped[str] = mapped_column(primary_key=True)
    to_scheme: Mapped[str] = mapped_column(primary_key=True)
    to_code: Mapped[str] = mapped_column(primary_key=True)
    relation: Mapped[str]  #: a value of `Relation`
    source: Mapped[str]  #: the import that said so

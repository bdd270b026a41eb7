"""What a vocabulary consists of, before and after it is a table: schemes, concepts, names, steps to other schemes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemas.vocabularies.terms import Relation, Scheme


class Role(StrEnum):
    """What a label is for; hidden ones find a term and are never shown."""

    PREFERRED = "preferred"
    ALTERNATIVE = "alternative"
    HIDDEN = "hidden"


#: Number of digits -> kind, as the classifications name their levels.
KLDB_KINDS: Mapping[int, str] = MappingProxyType({1: "area", 2: "main-group", 3: "group", 4: "sub-group", 5: "type"})
ISCO_KINDS: Mapping[int, str] = MappingProxyType(
    {1: "major-group", 2: "sub-major-group", 3: "minor-group", 4: "unit-group"}
)


class MalformedFileError(RegistryError):
    """A file is not what the import reads; nothing of it was stored."""

    code: ClassVar[str] = "vocabulary.malformed"

    def __init__(self, file: str, line: int, reason: str) -> None:
        """Name the place; line 0 means the file as a whole."""
        place = f"{file}, line {line}" if line else file
        super().__init__(f"{place}: {reason} Nothing was stored.")
        self.file, self.line, self.reason = file, line, reason


@dataclass(frozen=True, slots=True)
class Label:
    """One name of a concept."""

    language: str
    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept as its file states it."""

    code: str
    kind: str
    labels: tuple[Label, ...]
    parent: str | None = None
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """A concept somewhere: a scheme and a code in it."""

    scheme: Scheme
    code: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step from one scheme to another."""

    start: Node
    end: Node
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything that an import's files state. What it states for a scheme, or between two, it states completely."""

    name: str  #: of the import, e.g. esco-skills
    read: int  #: rows, headers aside
    languages: tuple[str, ...] = ()
    edition: str | None = None
    scheme: Scheme | None = None  #: whose concepts these are; None: the files hold relations only
    concepts: Iterable[Concept] = ()
    broader_of: tuple[Scheme, ...] = ()  #: the schemes whose broader concepts are stated
    broader: Mapping[tuple[Node, Node], None] = field(default_factory=dict)
    steps_between: tuple[Scheme, Scheme] | None = None
    steps: Mapping[tuple[Node, Node], Relation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called, and in which language; None: only its code is known."""

    text: str
    language: str | None

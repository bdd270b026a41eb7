"""Questions to the linker and its answers, and what the keeper seals for it; nothing here carries a name or a date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A sealed query counts for this long; a sealed finding likewise.
QUERY_LIFE = timedelta(minutes=5)
#: At most this many findings answer one query.
FINDINGS = 5
#: At most this many queries in one question.
QUERIES = 200

#: What the sub-keys of the linker key are for; also the contexts of what is sealed with them.
QUERY_KEY = "linker.query"
FINDING_KEY = "linker.finding"
INDEX_KEY = "linker.index"

#: The code of a refusal that is over by itself: the linker cannot reach its database.
AWAY = "linker.no-database"


class Query(msgspec.Struct, frozen=True, array_like=True):
    """What the keeper seals with the query key: who asks, about whom, and the identity as keyed tokens."""

    asker: bytes  #: a run's id or the digest of a session's token
    subject: UUID | None  #: the appearance it describes; None for a question at the counter
    at: datetime
    #: version of the look-up key and registry.folding.identity.Identity[int] in msgpack; first under the present one
    identities: tuple[tuple[int, msgspec.Raw], ...]


class Reason(msgspec.Struct, frozen=True, array_like=True):
    """One piece of evidence for a finding; `registry.linkage.reasons.words` says it in English."""

    code: str  #: agrees | moved (a name in another field)
    attribute: (
        str  #: family-name, given-name, other-name, birth-date, sex, nationality, birth-place, or a scheme of numbers
    )
    level: str  #: how closely, for example exact, spelling, sound, joined, year, month, placeholder


class Weight(msgspec.Struct, frozen=True, array_like=True):
    """How much one piece of evidence weighs, in whole bits: never finer, because fine scores tell of others' names."""

    #: start (before any evidence), names, birth-date, together (names and date say more together than each alone),
    #: sex, nationality, birth-place, or a scheme of numbers
    name: str
    bits: int


class Statement(msgspec.Struct, frozen=True, array_like=True):
    """What the linker seals with the finding key, so that the keeper knows who said it, to whom and when."""

    asker: bytes
    subject: UUID | None
    other: UUID
    grade: str
    reasons: tuple[Reason, ...]
    differences: tuple[str, ...]
    at: datetime
    weights: tuple[Weight, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """An appearance that may be of the same human being as the one asked about."""

    appearance_id: UUID
    person_id: UUID
    grade: str  #: known | look
    bits: float  #: log2 of the odds that it is the same human being, in whole steps
    reasons: tuple[Reason, ...]
    differences: tuple[str, ...]  #: attributes that contradict each other
    sealed: bytes  #: a Statement for the keeper


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    """Base of everything on the linker's socket."""


class Ping(Message, frozen=True, tag="ping"):
    """Is it there?"""


class Find(Message, frozen=True, tag="find"):
    """Who may these be? Each item is a Query that the keeper sealed less than five minutes ago."""

    sealed: list[bytes]


Question = Ping | Find


class Refused(msgspec.Struct, frozen=True, tag_field="op", tag="refused"):
    """Nothing was answered; `code` says why, for the log and never for an outsider."""

    code: str


class Done(msgspec.Struct, frozen=True, tag_field="op", tag="done"):
    """It is there."""


class Found(msgspec.Struct, frozen=True, tag_field="op", tag="found"):
    """For each query, in order, at most five findings, the best first."""

    findings: list[list[Finding]]


Answer = Refused | Done | Found

_WEIGHS = "weighs"


def as_texts(said: Statement) -> list[str]:
    """Return reasons and weights as a row keeps them: "code:attribute:level", then "weighs:name:bits"."""
    reasons = [f"{one.code}:{one.attribute}:{one.level}" for one in said.reasons]
    return reasons + [f"{_WEIGHS}:{one.name}:{one.bits}" for one in said.weights]


def reasons_in(texts: Iterable[str]) -> list[str]:
    """Return the reasons among what a row keeps, as "code:attribute:level"."""
    return [one for one in texts if not one.startswith(f"{_WEIGHS}:")]


def weights_in(texts: Iterable[str]) -> list[Weight]:
    """Return the weights among what a row keeps, the start first; rows of before they were kept have none."""
    told = (one.split(":") for one in texts)
    return [Weight(name, int(bits)) for code, name, bits in told if code == _WEIGHS]


def bits_in(texts: Iterable[str]) -> list[int]:
    """Return what the weights among what a row keeps come to, each; faster than `weights_in`, for thousands of rows."""
    return [int(one.rpartition(":")[2]) for one in texts if one.startswith(f"{_WEIGHS}:")]


ENCODER = msgspec.msgpack.Encoder()
QUESTIONS: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
QUERY: msgspec.msgpack.Decoder[Query] = msgspec.msgpack.Decoder(Query)
STATEMENT: msgspec.msgpack.Decoder[Statement] = msgspec.msgpack.Decoder(Statement)

"""The log as a file: canonical JSON lines with number, leaf and chain, between a first and a last line that bind them.

The first line says where it begins and what the keeper's older signing keys said of newer ones, the last one how long
the log was, the digest of all bytes before, and what the keeper signed of it. Of an erasure it carries the order too,
as the keeper vouched for it; it names nobody.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from sqlalchemy import select

from registry.audit.models import AuditLeaf, AuditLine
from registry.errors import RegistryError
from registry.lines import GENESIS, leaf_of, link
from registry.profiles.models import Erasure
from registry.wire.rows import ErasureRow, Row
from registry.wire.upkeep.restoring import LineRow
from schemas.canonical import NotCanonicalError, canonical, parse_object

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO
    from uuid import UUID

    from sqlalchemy.orm import Session

    from registry.wire.upkeep.restoring import Head

R = TypeVar("R", bound=Row)

FORMAT: Final = "einmal/log-export/1"
ERASED: Final = "person.erased"
_AT_ONCE = 1000
_FIRST: Final = {"format", "first", "chain", "keys"}
_LAST: Final = {"size", "chain", "sha256", "head"}
#: No line that got a place is as long; a file of another kind may have no line's end at all.
_LONGEST = 1 << 22


class ExportRefused(RegistryError):  # noqa: N818 - what was decided
    """It is no whole export of a log; nothing of it counts."""

    code = "export.refused"


@dataclass(frozen=True, slots=True)
class Record:
    """One line with its place."""

    number: int
    line: LineRow
    chain: bytes
    erasure: ErasureRow | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A file that was read to its end and holds."""

    path: Path
    first: int  #: the number of its first line
    before: bytes  #: the chain before it
    size: int  #: so many lines the log had
    head: str
    keys: list[str]  #: what each signing key said of the one that followed it
    events: Counter[str] = field(default_factory=Counter)
    ended_at: datetime | None = None  #: when its last line was written; what ended later is not in it


def write(session: Session, path: Path, head: Head, *, since: int = 0) -> int:
    """Write the lines from a number on up to what the keeper signed; return how many. It is read back before it counts.

    Raises:
        RegistryError: the log is shorter than that, changed under the keeper's eyes, or cannot be read back.
        FileExistsError: there is such a file.
    """
    if head.signed is None:
        raise ExportRefused(f"The keeper is closed ({head.closed}) and signs nothing.")
    if not 0 <= since <= head.size:
        raise ExportRefused(f"The log has {head.size} lines.")
    if path.exists():
        raise FileExistsError(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(session, beside, head, since=since)
        check(beside)
        os.link(beside, path)  # unlike a rename, this replaces no file that came meanwhile
    finally:
        beside.unlink(missing_ok=True)
    return head.size - since


def check(path: Path) -> Export:
    """Read an export to its end.

    Raises:
        ExportRefused: it was cut, changed in any byte or reordered, or is something else; the message says in which
            line.
    """
    events: Counter[str] = Counter()
    ended_at = None
    for record in _checked(path):
        if isinstance(record, Record):
            events[record.line.event] += 1
            ended_at = record.line.at
        else:
            export = record
    return replace(export, events=events, ended_at=ended_at)


def records(export: Export, start: int) -> Iterator[Record]:
    """Yield its lines from a number on; checked once more, the file may have changed since."""
    for record in _checked(export.path):
        if isinstance(record, Record) and record.number >= start:
            yield record


def _write(session: Session, path: Path, head: Head, *, since: int) -> None:
    before = _chain_before(session, since)
    digest = sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        _put(stream, {"format": FORMAT, "first": since, "chain": before.hex(), "keys": head.keys}, digest)
        chain = before
        for record in _records(session, since, head.size):
            chain = record.chain
            _put(stream, _document(record), digest)
        if chain != head.chain:
            raise ExportRefused("The log is not the one that the keeper followed.")
        last = {"size": head.size, "chain": chain.hex(), "sha256": digest.hexdigest(), "head": head.signed}
        _put(stream, last, digest)
        stream.flush()
        os.fsync(stream.fileno())


def _checked(path: Path) -> Iterator[Record | Export]:
    """Yield each line, and at the end what binds them all."""
    digest, number, first = sha256(), 0, None
    chain, before = GENESIS, GENESIS
    keys: list[str] = []
    with path.open("rb") as stream:
        for at, raw in enumerate(iter(lambda: stream.readline(_LONGEST), b""), start=1):
            said = _parsed(raw, at)
            if at == 1:
                _insist(said.keys() == _FIRST and said["format"] == FORMAT, at, "this is no export of a log")
                first, before, keys = _beginning(said)
                number, chain = first, before
            elif said.keys() == _LAST:
                whole = (number, chain.hex(), digest.hexdigest())
                _insist((said["size"], said["chain"], said["sha256"]) == whole, at, "it was cut or changed")
                _insist(stream.read(1) == b"", at, "something follows its end")
                yield Export(path, first or 0, before, number, str(said["head"]), keys)
                return
            else:
                record = _record(said, at)
                chain = link(chain, record.line.leaf)
                _insist(record.number == number and record.chain == chain, at, "the chain breaks")
                number += 1
                yield record
            digest.update(raw)
    raise ExportRefused(f"{path.name} has no end: it was cut off.")


def _beginning(said: dict[str, Any]) -> tuple[int, bytes, list[str]]:
    """Return the number of the first line, the chain before it, and the words of signing keys."""
    try:
        return int(said["first"]), bytes.fromhex(said["chain"]), msgspec.convert(said["keys"], list[str])
    except (TypeError, ValueError):
        raise ExportRefused("Line 1: this is no export of a log.") from None


def _parsed(raw: bytes, at: int) -> dict[str, Any]:
    try:
        said = parse_object(raw.removesuffix(b"\n"))
        _insist(raw.endswith(b"\n") and canonical(said) + b"\n" == raw, at, "it is written in another way")
    except (NotCanonicalError, ValueError, RecursionError):
        raise ExportRefused(f"Line {at}: it cannot be read.") from None
    return dict(said)


def _record(said: dict[str, Any], at: int) -> Record:
    try:
        line = _row(LineRow, said["line"])
        erasure = _row(ErasureRow, said["erasure"]) if "erasure" in said else None
        record = Record(int(said["number"]), line, bytes.fromhex(said["chain"]), erasure)
        whole = _document(record) == said
        _insist(whole and line.leaf == leaf_of(_said(line)), at, "it was changed")
    except (KeyError, TypeError, ValueError):
        raise ExportRefused(f"Line {at}: it is no line of a log.") from None
    return record


def _records(session: Session, first: int, past: int) -> Iterator[Record]:
    while first < past:
        rows = session.execute(
            select(AuditLeaf.number, AuditLeaf.chain, AuditLine)
            .join(AuditLine, AuditLine.id == AuditLeaf.line_id)
            .where(AuditLeaf.number >= first, AuditLeaf.number < min(first + _AT_ONCE, past))
            .order_by(AuditLeaf.number)
        ).all()
        orders = _orders(session, [line.object_id for _, _, line in rows if line.event == ERASED])
        for number, chain, line in rows:
            row = LineRow(*(getattr(line, name) for name in LineRow.__struct_fields__))
            yield Record(number, row, chain, orders.get(row.object_id) if row.object_id else None)
        session.expunge_all()
        if not rows:
            raise ExportRefused(f"Line {first} of the log is missing.")
        first += len(rows)


def _orders(session: Session, ids: list[UUID | None]) -> dict[UUID, ErasureRow]:
    if not ids:
        return {}
    found = session.scalars(select(Erasure).where(Erasure.id.in_([one for one in ids if one])))
    return {one.id: ErasureRow(*(getattr(one, name) for name in ErasureRow.__struct_fields__)) for one in found}


def _chain_before(session: Session, number: int) -> bytes:
    if number == 0:
        return GENESIS
    return session.scalars(select(AuditLeaf.chain).where(AuditLeaf.number == number - 1)).one()


def _document(record: Record) -> dict[str, Any]:
    said: dict[str, Any] = {"number": record.number, "line": _named(record.line), "chain": record.chain.hex()}
    return said | ({"erasure": _named(record.erasure)} if record.erasure is not None else {})


def _named(row: Row) -> dict[str, Any]:
    return dict(zip(row.__struct_fields__, msgspec.to_builtins(row), strict=True))


def _row(row_type: type[R], said: dict[str, Any]) -> R:
    return msgspec.convert([said[name] for name in row_type.__struct_fields__], row_type)


def _said(line: LineRow) -> dict[str, object]:
    return {name: value for name, value in line.values().items() if name != "leaf"}


def _put(stream: BinaryIO, document: dict[str, Any], digest: Any) -> None:  # noqa: ANN401 - hashlib has no public type
    raw = canonical(document) + b"\n"
    stream.write(raw)
    digest.update(raw)


def _insist(holds: bool, at: int, words: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise ExportRefused(f"Line {at}: {words}.")

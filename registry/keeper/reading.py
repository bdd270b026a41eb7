"""What the keeper reads of the main database, believing no row without its MAC."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import msgspec

from registry.keeper import queries
from registry.keeper.rows import Memory, checked, columns, width
from registry.keeper.rules import Refusal
from registry.lines import APPEND
from registry.wire.rows import (
    AgencyRow,
    AppearanceRow,
    CredentialRow,
    ErasureRow,
    GrantRow,
    LinkRow,
    OfficerRow,
    Row,
    RunRow,
    SealedRow,
    SessionRow,
    WrapRow,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from registry.keeper.store.keyring import Keyring
    from registry.statements import Database

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a source's record: its appearance, the last content, when that was written, contents before it."""

    token: bytes
    key_version: int
    appearance_id: UUID
    fingerprint: bytes
    stated_at: str | None
    seen: list[bytes]


class Found(msgspec.Struct, frozen=True):
    """A sealed compartment with the appearance it belongs to and, for a grant, the wrap to open it with."""

    appearance: AppearanceRow
    sealed: SealedRow
    wrap: WrapRow | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows and believes none of them without its MAC."""

    database: Database
    keyring: Keyring
    memory: Memory = field(default_factory=Memory, repr=False)

    def opening(
        self, line: Mapping[str, object], *, granted: bool
    ) -> tuple[tuple[SessionRow, OfficerRow, AgencyRow], list[Found]]:
        """Commit an officer's line; return who asks, and what the line names.

        Args:
            line: columns and `persons`, as `registry.lines` has them.
            granted: whether it is to be opened by wraps of grants: then those are read, and no others.
        """
        statement = queries.OPEN_GRANTED if granted else queries.OPEN
        return self._opened(statement, line, (SessionRow, OfficerRow, AgencyRow), granted=granted)  # type: ignore[return-value]  # these types

    def run_opening(self, line: Mapping[str, object], *, granted: bool) -> tuple[tuple[RunRow, AgencyRow], list[Found]]:
        """Commit a run's line; return the run, its agency, and what the line names."""
        statement = queries.OPEN_RUN_GRANTED if granted else queries.OPEN_RUN
        return self._opened(statement, line, (RunRow, AgencyRow), granted=granted)  # type: ignore[return-value]  # these types

    def self_opening(self, line: Mapping[str, object]) -> tuple[tuple[SessionRow], list[Found]]:
        """Commit a person's line; return her session, and what the line names; no wrap of a grant is read."""
        return self._opened(queries.SELF, line, (SessionRow,), granted=False)  # type: ignore[return-value]  # these types

    def refused(self, line: Mapping[str, object]) -> None:
        """Commit a line about a refusal; nothing is read."""
        self.database.fetch(APPEND, line)

    def known_session(self, session: bytes) -> SessionRow:
        """Return whose session this is; it was genuine when it was read last, and may have ended since."""
        return self.memory.session(session) or self.session(session)

    def officer_session(self, session: bytes) -> tuple[SessionRow, OfficerRow, AgencyRow | None]:
        """Return an officer's session; an administrator of the registry has no agency."""
        rows = self.database.fetch(queries.SESSION, {"session": session})
        values = rows[0] if rows else (None,) * (width(SessionRow) + width(OfficerRow) + width(AgencyRow))
        (row, officer), rest = self._head([values], (SessionRow, OfficerRow))
        agency = self._checked(AgencyRow, values[rest:]) if row.agency_id else None  # type: ignore[attr-defined]  # a session
        return row, officer, agency  # type: ignore[return-value]  # the types are those of the call above

    def session(self, session: bytes) -> SessionRow:
        """Return a session of anybody."""
        return self._one(SessionRow, "session", id=session)

    def run(self, run: UUID) -> tuple[RunRow, AgencyRow]:
        """Return a run and its agency."""
        rows = self.database.fetch(queries.RUN, {"run": run})
        return self._head(rows, (RunRow, AgencyRow))[0]  # type: ignore[return-value]  # the types are those asked for

    def house_run(self, run: UUID) -> RunRow:
        """Return a run of the house, which has no agency; of another it is for the caller to say."""
        return self._one(RunRow, "run", id=run)

    def orders_of(self, kind: str, scope: str) -> list[RunRow]:
        """Return the runs that ever ordered something of a key."""
        asked = f"SELECT {columns(RunRow, 'r')} FROM keeper_run r WHERE r.key_kind = %s AND r.key_scope = %s"
        return self._genuine(RunRow, self.database.fetch(asked, (kind, scope)))

    def agency(self, agency: UUID) -> AgencyRow:
        """Return an agency."""
        return self._one(AgencyRow, "agency", id=agency)

    def officer(self, officer: UUID) -> OfficerRow:
        """Return an officer."""
        return self._one(OfficerRow, "officer", id=officer)

    def officer_by_login(self, login: str) -> OfficerRow:
        """Return the officer with this login."""
        return self._one(OfficerRow, "officer", login=login)

    def login_exists(self, login: str) -> bool:
        """Say whether this login is taken, by a genuine row or not."""
        return bool(self.database.fetch("SELECT 1 FROM keeper_officer WHERE login = %s", (login,)))

    def credential(self, credential: UUID) -> CredentialRow:
        """Return a credential."""
        return self._one(CredentialRow, "credential", id=credential)

    def credential_by(self, lookup: bytes, kind: str) -> CredentialRow:
        """Return the credential of this kind by which somebody is found: the digest of a code, an id or a key."""
        row = self._one(CredentialRow, "credential", kind=kind, lookup=lookup)
        if row.kind != kind:  # whoever made the database answer otherwise
            raise Refusal("credential.missing")
        return row

    def lookup_taken(self, lookup: bytes | None, kind: str) -> bool:
        """Say whether somebody is found by this already among what is of this kind, by a genuine row or not."""
        asked = "SELECT 1 FROM keeper_credential WHERE kind = %s AND lookup = %s"
        return bool(self.database.fetch(asked, (kind, lookup)))

    def credentials_of(self, owner: UUID, kind: str) -> list[CredentialRow]:
        """Return somebody's credentials of one kind."""
        rows = self.database.fetch(
            f"SELECT {columns(CredentialRow, 'r')} FROM keeper_credential r WHERE r.owner_id = %s AND r.kind = %s",
            (owner, kind),
        )
        return self._genuine(CredentialRow, rows)

    def password_of(self, officer: UUID) -> CredentialRow:
        """Return an officer's password, of which there is one."""
        rows = self.credentials_of(officer, "password-totp")
        if len(rows) != 1:
            raise Refusal("credential.missing")
        return rows[0]

    def grant(self, grant: UUID) -> GrantRow:
        """Return a grant, in the state it was stored last."""
        return self._one(GrantRow, "grant", id=grant)

    def named_grants(
        self, agency: UUID, purposes: Iterable[str], *, person: UUID | None, after: UUID | None
    ) -> tuple[list[GrantRow], UUID | None]:
        """Return active grants to an agency: one person's, or those of the next persons and the last person's id."""
        asked = {"agency": agency, "purposes": list(purposes), "person": person, "after": after or UUID(int=0)}
        rows = self.database.fetch(queries.NAMED_GRANTS if person else queries.NEXT_GRANTS, asked)
        last = None if person or not rows else UUID(str(rows[-1][GrantRow.__struct_fields__.index("person_id")]))
        return self._genuine(GrantRow, rows), last

    def grant_exists(self, grant: UUID) -> bool:
        """Say whether this id is taken, by a genuine row or not."""
        return bool(self.database.fetch("SELECT 1 FROM keeper_grant WHERE id = %s", (grant,)))

    def erasure(self, erasure: UUID) -> ErasureRow:
        """Return an order to erase."""
        return self._one(ErasureRow, "erasure", id=erasure)

    def erasure_line(self, appearances: list[UUID], since: datetime) -> bool:
        """Say whether a committed line since then tells that all these appearances are erased."""
        rows = self.database.fetch(
            "SELECT 1 FROM keeper_line WHERE event = 'person.erased' AND at >= %s AND appearances @> %s::uuid[]",
            (since, appearances),
        )
        return bool(rows)

    def appearances_of(self, person: UUID) -> list[AppearanceRow]:
        """Return all appearances linked to a person."""
        rows = self.database.fetch(
            f"SELECT {columns(AppearanceRow, 'p')} FROM keeper_appearance p WHERE p.person_id = %s",
            (person,),
        )
        return self._genuine(AppearanceRow, rows)

    def appearances(self, ids: Iterable[UUID]) -> dict[UUID, AppearanceRow]:
        """Return these appearances by id; one that does not exist is missing."""
        rows = self.database.fetch(
            f"SELECT {columns(AppearanceRow, 'p')} FROM unnest(%s::uuid[]) AS x(id)"
            " JOIN keeper_appearance p ON p.bucket = get_byte(uuid_send(x.id), 0) AND p.id = x.id",
            (list(ids),),
        )
        return {row.id: row for row in self._genuine(AppearanceRow, rows)}

    def link(self, link: UUID) -> LinkRow:
        """Return a proposal or decision."""
        return self._one(LinkRow, "link", id=link)

    def links_of(self, appearance: UUID) -> list[LinkRow]:
        """Return what was proposed or decided about where an appearance belongs, the latest last."""
        rows = self.database.fetch(
            f"SELECT {columns(LinkRow, 'k')} FROM keeper_link k WHERE k.appearance_id = %s ORDER BY k.decided_at, k.id",
            (appearance,),
        )
        return self._genuine(LinkRow, rows)

    def grants_of(self, person: UUID) -> list[GrantRow]:
        """Return every grant of a person."""
        rows = self.database.fetch(
            f"SELECT {columns(GrantRow, 'g')} FROM keeper_grant g WHERE g.person_id = %s",
            (person,),
        )
        return self._genuine(GrantRow, rows)

    def sealed(self, appearances: Iterable[UUID], compartments: Iterable[str]) -> list[Found]:
        """Return these compartments of these appearances, without wraps."""
        rows = self.database.fetch(
            queries.SEALED, {"appearances": list(appearances), "compartments": list(compartments)}
        )
        at = width(AppearanceRow)
        whose = {row[1]: row[:at] for row in rows}  # each once: a forged one is told of in the log
        return list(self._found(whose.values(), [row[at:] for row in rows], repeat((None,))))

    def wraps(self, appearances: Iterable[UUID], compartments: Iterable[str]) -> list[WrapRow]:
        """Return everybody's wraps of these compartments; each proves itself when it opens."""
        rows = self.database.fetch(
            queries.WRAPS, {"appearances": list(appearances), "compartments": list(compartments)}
        )
        return [WrapRow(*row) for row in rows]

    def received(self, agency: UUID, tokens: Sequence[bytes]) -> dict[bytes, Received]:
        """Return by token what is known of records that came before."""
        rows = self.database.fetch(
            "SELECT token, key_version, appearance_id, fingerprint, stated_at, seen FROM keeper_inbox"
            " WHERE agency_id = %s AND token = ANY(%s)",
            (agency, list(tokens)),
        )
        return {row[0]: Received(*row) for row in rows}

    def active_agencies(self) -> list[UUID]:
        """Return the agencies that have a worker."""
        rows = self.database.fetch(f"SELECT {columns(AgencyRow, 'a')} FROM keeper_agency a WHERE status = 'active'")
        return [agency.id for agency in self._genuine(AgencyRow, rows)]

    def has_officers(self) -> bool:
        """Say whether anybody was ever enrolled."""
        return bool(self.database.fetch("SELECT 1 FROM keeper_officer LIMIT 1"))

    def administrators(self) -> int:
        """Return how many active administrators of the registry there are."""
        rows = self.database.fetch(f"SELECT {columns(OfficerRow, 'o')} FROM keeper_officer o WHERE agency_id IS NULL")
        return sum(1 for officer in self._genuine(OfficerRow, rows) if officer.status == "active")

    def _one(self, row_type: type[R], noun: str, **where: object) -> R:
        asked = " AND ".join(f"r.{column} = %s" for column in where)
        rows = self.database.fetch(
            f"SELECT {columns(row_type, 'r')} FROM keeper_{noun} r WHERE {asked}", tuple(where.values())
        )
        return self._checked(row_type, rows[0] if rows else (None,) * width(row_type))

    def _checked(self, row_type: type[R], values: Sequence[object]) -> R:
        """Return the row that was read; one that is the same to its last column needs no second look at its MAC.

        Raises:
            Refusal: it is missing or forged.
        """
        known = self.memory.same(row_type, values)
        if known is not None:
            return known
        row = checked(row_type, values, self.keyring)
        self.memory.keep(row)
        return row

    def _genuine(self, row_type: type[R], rows: Iterable[Sequence[object]]) -> list[R]:
        """Return the rows that exist; a forged one among them must not keep the others from being used."""
        found = []
        for row in rows:
            try:
                found.append(self._checked(row_type, row))
            except Refusal as refusal:
                log.warning("keeper.row-skipped", extra={"code": refusal.code})
        return found

    def _head(self, rows: Sequence[Sequence[object]], row_types: tuple[type[Row], ...]) -> tuple[tuple[Row, ...], int]:
        total = sum(width(row_type) for row_type in row_types)
        values = rows[0] if rows else (None,) * total
        head, start = [], 0
        for row_type in row_types:
            end = start + width(row_type)
            head.append(self._checked(row_type, values[start:end]))
            start = end
        return tuple(head), start

    def _opened(
        self, statement: str, line: Mapping[str, object], row_types: tuple[type[Row], ...], *, granted: bool
    ) -> tuple[tuple[Row, ...], list[Found]]:
        rows = self.database.fetch(statement, line)
        head, start = self._head(rows, row_types)
        middle = start + width(AppearanceRow)
        appearances, rest = _rows(rows[0][start:middle]), rows[0][middle:]
        if not granted:
            return head, list(self._found(appearances, _rows(rest), repeat((None,))))
        # The columns that were not read, as the row beside it and the line have them: a wrap proves them when it opens.
        documents, wraps = _rows(rest[: queries.SEALED_WIDTH]), _rows(rest[queries.SEALED_WIDTH :])
        whose = (head[-1].id, line["purpose"])  # type: ignore[attr-defined]  # an agency
        sealed = [(*document, *queries.NO_WRAPS) for document in documents]
        completed = [
            (*document[:3], *whose, *wrap) if wrap[0] is not None else wrap
            for document, wrap in zip(documents, wraps, strict=True)
        ]
        return head, list(self._found(appearances, sealed, completed))

    def _found(
        self,
        appearances: Iterable[Sequence[object]],
        sealed: Iterable[Sequence[object]],
        wraps: Iterable[Sequence[object]],
    ) -> Iterator[Found]:
        genuine = {row.id.int: row for row in self._genuine(AppearanceRow, appearances)}
        for values, wrapped in zip(sealed, wraps, strict=False):
            row = SealedRow(*values)  # type: ignore[arg-type]  # the columns of the view
            appearance = genuine.get(row.appearance_id.int)
            if appearance is not None:
                wrap = WrapRow(*wrapped) if wrapped[0] is not None else None  # type: ignore[arg-type]  # as above
                yield Found(appearance, row, wrap)


def _rows(lists: Sequence[object]) -> list[Sequence[object]]:
    """Return rows out of lists of their columns; the database makes no list of nothing."""
    return list(zip(*lists, strict=True)) if lists and lists[0] is not None else []

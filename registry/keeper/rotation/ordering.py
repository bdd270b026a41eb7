"""Runs of the house: what is done to a key, on the word of two administrators of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID, uuid4

from registry.keeper.rows import vouch
from registry.keeper.rules import insist
from registry.keeper.store.keys import RECEIPTS, ROOT
from registry.keeper.tokens import LOOKUP
from registry.wire import messages, rotating
from registry.wire.rotating import RENEWING, RESALT
from registry.wire.rows import RunRow
from schemas.vocabularies.access import Role

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import datetime

    from registry.keeper.reading import Reader
    from registry.keeper.store.shred import ShredStore
    from registry.wire.rows import AgencyRow, OfficerRow, SessionRow

AGENCY = "agency"
DESTROY = "destroy"
#: What can be renewed. Keys of vouched rows and credentials are not: what they made is not made anew yet.
KINDS = frozenset({ROOT, AGENCY, "custodian", "shred", "receipts", LOOKUP})
_RUN_HOURS = 24


class Officers(Protocol):
    """Who knows which officer a live session belongs to."""

    def officer(self, token: bytes, now: datetime) -> tuple[SessionRow, OfficerRow, AgencyRow | None]:
        """Return the officer behind a live session, or refuse."""

    def check_run(self, run: RunRow, now: datetime) -> None:
        """Refuse a run that is over, or of before the store was brought back."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Takes orders of two administrators, and knows a genuine one again."""

    reader: Reader
    store: ShredStore
    officers: Officers

    def take(self, asked: rotating.OrderRun, now: datetime) -> messages.RunOpened:
        """Authorise a run of the house; nothing is done yet."""
        one, other = self._two_administrators(asked.approvals, now)
        insist(that=asked.operation in {*RENEWING, DESTROY} and asked.kind in KINDS, code="run.form")
        insist(that=asked.operation != RESALT or (asked.kind == LOOKUP and not asked.goes_on), code="run.form")
        self._check_scope(asked)
        before, then = self._versions(asked)
        run = RunRow(
            id=uuid4(),
            operation=asked.operation,
            agency_id=None,
            opened_by=one,
            budget=0,
            created_at=now,
            ends_at=now + timedelta(hours=_RUN_HOURS),
            approved_by=other,
            key_kind=asked.kind,
            key_scope=asked.scope,
            from_version=before,
            to_version=then,
        )
        return messages.RunOpened(vouch(run, self.store.keyring))

    def live(self, run: UUID, operations: Container[str], now: datetime) -> Ordered:
        """Return what a committed run orders, if it is one of the house, genuine and not over.

        Both who ordered it must still be administrators: what one who left has begun, others order anew.
        """
        row = self.reader.house_run(run)
        insist(that=row.operation in operations and row.agency_id is None, code="run.operation")
        insist(that=row.approved_by not in {None, row.opened_by}, code="approval.two-administrators")
        insist(that=row.created_at <= now + timedelta(minutes=1), code="run.ended")
        self.officers.check_run(row, now)
        for one in (row.opened_by, row.approved_by):
            self._check_administrator(one)
        resalts = row.operation == RESALT
        return Ordered(row.key_kind or "", row.key_scope or "", row.from_version or 0, row.to_version or 0, resalts)

    def _two_administrators(self, approvals: list[bytes], now: datetime) -> tuple[UUID, UUID]:
        found: dict[UUID, None] = {}
        for token in approvals:
            session, officer, _ = self.officers.officer(token, now)
            insist(that=session.agency_id is None and Role.ADMINISTRATOR in officer.roles, code="officer.role")
            found[officer.id] = None
        insist(that=len(found) == 2, code="approval.two-administrators")
        one, other = found
        return one, other

    def _check_administrator(self, one: UUID | None) -> None:
        officer = self.reader.officer(one or UUID(int=0))
        insist(that=officer.status == "active", code="officer.left")
        insist(that=officer.agency_id is None and Role.ADMINISTRATOR in officer.roles, code="officer.role")

    def _check_scope(self, asked: rotating.OrderRun) -> None:
        try:
            named = UUID(asked.scope) if asked.kind == AGENCY else None
        except ValueError:
            named = None
        insist(that=asked.scope == (str(named) if named else ""), code="run.form")
        insist(that=named is not None or asked.kind != AGENCY, code="run.form")
        if named is not None:
            self.reader.agency(named)

    def _versions(self, asked: rotating.OrderRun) -> tuple[int, int | None]:
        keys = self.store.keys
        if asked.operation == DESTROY:
            state = keys.state_of(asked.kind, asked.scope, asked.version or 0)
            insist(that=state is not None and state.state in {"decrypt-only", "destroyed"}, code="key.not-retired")
            return asked.version or 0, None
        active = keys.active(asked.kind, asked.scope)
        insist(that=active is not None, code="key.unknown")
        before = active or 0
        return before, before if asked.goes_on else 1 + max(before, self._ordered_before(asked))

    def _ordered_before(self, asked: rotating.OrderRun) -> int:
        """Return the highest version that was ever ordered of a key that rows name.

        A shred store that was brought back alone has forgotten it, and rows that are lost still bear its number.
        """
        if asked.kind in {ROOT, RECEIPTS}:  # no row names them, and whoever follows a signing key counts by ones
            return 0
        return max((run.to_version or 0 for run in self.reader.orders_of(asked.kind, asked.scope)), default=0)


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a run orders: to destroy `before`, or to let everything lie under `then`."""

    kind: str
    scope: str
    before: int
    then: int
    resalts: bool  #: names are salted under `then` where they are not under `before`, and the other way round

    @property
    def agency(self) -> UUID:
        """Return whose key it is, of an agency's."""
        return UUID(self.scope)

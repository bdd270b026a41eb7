"""A house whose databases can be copied and brought back while its keeper is away, as an operator does."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from registry import db, housekeeping
from registry.casework import granting
from registry.casework.forgetting import erasing
from registry.casework.restoring import export_file, replaying
from registry.db import Sessions
from registry.keys.client import KEEPER, KeeperRefused
from registry.ops.copies import bringing_back, taking
from registry.ops.copies.databases import Owned
from registry.wire import messages
from registry.wire.rows import AppearanceRow, GrantRow, Row, SealedRow, WrapRow
from registry.wire.upkeep import restoring
from schemas.compartments import Section
from schemas.vocabularies.access import Purpose
from tests.house import House, Letter, told
from tests.keeper_writer import COMPARTMENTS, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta
    from pathlib import Path

    from registry.actors import Officer
    from registry.ops.copies.fitting import Gap

NAME = {"kind": "identity.name", "value": {"family": "Karimi", "given": "Zahra", "form": "current", "script": "Latn"}}
DARI = {
    "kind": "languages.language",
    "value": {
        "language": "prs",
        "as_said": "Dari",
        "levels": [{"skill": "overall", "scale": "native", "code": "native"}],
    },
}
LANGUAGES = [one for one in COMPARTMENTS if one.startswith("languages.")]
SILENT: Any = lambda _: None  # noqa: E731 - whoever listens to progress hears nothing


@dataclass(slots=True)
class Hers:
    """A person, her letter, and what an old copy of the database has of her."""

    appearance: AppearanceRow
    letter: Letter
    codes: int = 0
    grants: list[GrantRow] = field(default_factory=list)
    old: list[Row] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """Return her id."""
        return self.appearance.person_id


@dataclass(slots=True)
class Drill:
    """What an operator does, and what everybody tries."""

    house: House
    clerk: Officer

    @property
    def owned(self) -> Owned:
        """Both databases as their owner."""
        return Owned(self.house.pair.main_url(), self.house.pair.shred_url(), self.house.pair.logins)

    # Life

    def create(self) -> Hers:
        """Record somebody at the Agentur and hand over a letter."""
        born = self.house.create(self.clerk, [NAME, DARI])
        return Hers(born, self.house.letter(self.clerk, born.person_id))

    def give(self, hers: Hers, agency: str, *, lasts: timedelta) -> GrantRow:
        """Let an office see her languages."""
        hers.codes += 1
        now = self.house.clock.now()
        wish = granting.Wish(
            agency_id=UUID(self.house.agency(agency).id),
            purpose=Purpose.PLACEMENT,
            sections=frozenset({Section.LANGUAGES}),
            until=now + lasts,
            **told(),
        )
        actor = self.house.person(hers.letter)
        with Sessions.begin() as session:
            grant = granting.give(session, wish, hers.letter.proof(hers.codes), actor=actor, now=now)
        hers.grants.append(grant)
        return grant

    def withdraw(self, hers: Hers, grant: GrantRow) -> None:
        """End a grant as she does."""
        actor = self.house.person(hers.letter)
        with Sessions.begin() as session:
            granting.revoke(session, grant.id, actor=actor, now=self.house.clock.now())
        granting.settle(grant.appearances)

    def erase(self, hers: Hers) -> None:
        """Forget her as she orders it."""
        actor = self.house.person(hers.letter)
        with Sessions.begin() as session:
            order = erasing.order(session, actor=actor, now=self.house.clock.now())
        erasing.carry_out(order, now=self.house.clock.now())

    # Trying, without policy and row-level security

    def by_grant(self, officer: Officer, hers: Hers, grant: GrantRow) -> set[str]:
        """Return what the keeper opens for an officer by a grant."""
        said = messages.Said(hers.id, [hers.appearance.id], LANGUAGES, "placement", "consent", [grant.id])
        return self.opened(messages.Open(said, session=officer.token))

    def as_source(self, hers: Hers) -> set[str]:
        """Return what the keeper opens for the office that recorded her."""
        said = messages.Said(hers.id, [hers.appearance.id], list(COMPARTMENTS), "intake", "own")
        return self.opened(messages.Open(said, session=self.clerk.token))

    def secret_of(self, hers: Hers) -> bool:
        """Say whether the shred store still has what all keys of hers hang on."""
        store = self.house.keeper.rooms.store
        return bool(store.database.fetch("SELECT 1 FROM shred_secret WHERE appearance_id = %s", (hers.appearance.id,)))

    def keep_old_rows(self, hers: Hers) -> None:
        """Keep what is stored about her now, as somebody with a copy of the database has it."""
        mine = {"appearance_id": hers.appearance.id}
        with Writer(self.house.pair.main_url()) as writer:
            hers.old = [
                *writer.fetch(AppearanceRow, id=hers.appearance.id),
                *writer.fetch(SealedRow, **mine),
                *writer.fetch(WrapRow, **mine),
                *writer.fetch(GrantRow, person_id=hers.id),
            ]

    def put_back(self, hers: Hers) -> None:
        """Put the old rows into the present database."""
        with Writer(self.house.pair.main_url()) as writer:
            writer.put(*hers.old)

    @staticmethod
    def opened(question: messages.Question) -> set[str]:
        """Return which compartments the keeper opens; none where it refuses."""
        try:
            answered = KEEPER.ask(question, messages.Plaintext)
        except KeeperRefused as refused:
            logging.getLogger(__name__).info("refused: %s", refused.reason)
            return set()
        return {one.compartment for one in answered.opened}

    # Operating

    def order_lines(self) -> None:
        """Give all lines their place, and let the keeper see them."""
        self.house.speak_as("housekeeper")
        housekeeping.order_lines()
        self.house.keeper.rooms.gate.follow()
        self.house.speak_as("web")

    def back_up(self, folder: Path) -> None:
        """Take both copies."""
        taking.take(self.owned, folder, SILENT)

    def export(self, path: Path, since: int = 0) -> export_file.Export:
        """Export the log."""
        self.order_lines()
        with self.at_the_command_line() as head, Sessions() as session:
            export_file.write(session, path, head, since=since)
        return export_file.check(path)

    def restore(self, folder: Path, *which: str) -> None:
        """Stop everything, bring these copies back whatever is lost with that, and start the keeper."""
        self.stop()
        self.bring_back(folder, *which, agreed=lambda _: True)
        self.start()

    def bring_back(
        self, folder: Path, *which: str, may_replace: bool = True, agreed: Callable[[Gap], bool] = lambda _: False
    ) -> None:
        """Bring these copies back, or both."""
        copies = bringing_back.checked(folder, which or bringing_back.BOTH, SILENT)
        bringing_back.restore(self.owned, folder, copies, may_replace=may_replace, told=SILENT, agreed=agreed)

    def replay(self, export: export_file.Export) -> replaying.Report:
        """Replay as the operator does."""
        with self.at_the_command_line():
            return replaying.replay(export, now=self.house.clock.now())

    @contextmanager
    def at_the_command_line(self) -> Iterator[restoring.Head]:
        """Be the owner, at the keeper's socket for commands; say how far the keeper saw the log."""
        self.house.speak_as("cli")
        engine = db.configure(self.house.pair.main_url(), pool_size=2)
        try:
            yield KEEPER.ask(restoring.TellHead(), restoring.Head)
        finally:
            engine.dispose()
            self.house.speak_as("web")

    def stop(self) -> None:
        """Let nobody work in the databases."""
        KEEPER.close()
        self.house.stop_linkers()
        self.house.keeper.stop()
        self.house.hang_up()

    def start(self) -> None:
        """Start the keeper."""
        self.house.start_keeper()
        self.house.speak_as("web")

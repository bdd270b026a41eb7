"""What people decide about proposals: counted without persons, and exported for fitting the weights anew."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
import pytest

from registry.casework import linking
from registry.db import Sessions
from registry.errors import NotFound
from registry.keys.client import KeeperRefused
from registry.linkage import decisions
from registry.linkage.client import LinkerAway
from registry.linkage.review import export, proposals, settled
from registry.linkage.review.figures import Counted, counted, linked_by_month
from schemas.entries import EntryIn
from schemas.vocabularies.access import Ground, Verdict
from tests.house import House, open_house
from tests.identities import entries
from tests.integration.test_import_linking import NADER, NADIR, NUMBERED, REISSUED, brought
from tests.integration.test_restoring_commands import Operator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import DatabasePair

OTHER = (
    replace(NUMBERED, family="Melnyk", born="1971-03-04", numbers={"ba-customer": "123A456789"}),
    replace(REISSUED, family="Haile", born="1969-08-12", numbers={"ba-customer": "123A456789"}),
)
THIRD = (
    replace(NUMBERED, family="Bondar", born="1988-12-24", numbers={"ba-customer": "741B852963"}),
    replace(REISSUED, family="Kidane", born="1999-10-10", numbers={"ba-customer": "741B852963"}),
)


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair, linker=True) as opened_house:
        yield opened_house


@pytest.fixture
def links(house: House) -> list[UUID]:
    """Three proposals between two offices, and one link that an import made by itself."""
    brought(house, "Agentur", NADIR, NUMBERED, OTHER[0], THIRD[0])
    brought(house, "Jobcenter Köln", NADER, REISSUED, OTHER[1], THIRD[1])
    house.speak_as("web")
    with Sessions() as session:
        found = decisions.proposed_for(session, UUID(house.agency("Jobcenter Köln").id), limit=9)
    assert len(found) == 3
    return [one.id for one in found]


def decided(house: House, links: list[UUID]) -> None:
    """Let an officer say of one that they are the same, of one that they are two, and leave the third."""
    clerk, now = house.officer("Jobcenter Köln"), house.clock.now()
    with Sessions.begin() as session:
        linking.decide(session, links[0], same=True, ground=Ground.PAPERS_SEEN, actor=clerk, now=now)
        linking.decide(session, links[1], same=False, ground=Ground.PERSON_ASKED, actor=clerk, now=now)
        linking.leave(session, links[2], Ground.MAY_BE_RELATIVES, actor=clerk, now=now)


def lines(house: House, event: str) -> int:
    with psycopg.connect(house.pair.main_url()) as connection:
        row = connection.execute("SELECT count(*) FROM audit_line WHERE event = %s", (event,)).fetchone()
    return int(row[0]) if row else 0


def test_the_log_says_on_what_a_decision_rests_and_only_an_office_of_the_pair_can_leave_it(
    house: House, links: list[UUID]
) -> None:
    stranger = house.officer("Jobcenter Essen")
    with Sessions.begin() as session, pytest.raises(NotFound):
        linking.leave(session, links[0], Ground.PERSON_ABSENT, actor=stranger, now=house.clock.now())
    decided(house, links)
    with Sessions.begin() as session, pytest.raises(NotFound):  # settled
        linking.leave(session, links[0], Ground.PERSON_ABSENT, actor=stranger, now=house.clock.now())
    with Sessions() as session:
        assert proposals.left(session, links) == {links[2]}
        for link, event, ground in zip(
            links,
            ("link.decided", "link.rejected", "link.left"),
            ("papers-seen", "person-asked", "may-be-relatives"),
            strict=True,
        ):
            last, first = proposals.turns_of(session, decisions.by_id(session, link))
            assert (last.event, last.by, (last.reason or "").split()[0]) == (event, "officer", f"ground:{ground}")
            assert (first.event, first.by) == ("link.proposed", "run")


def test_who_cannot_tell_is_noted_once_for_each_officer_and_not_after_it_was_settled(
    house: House, links: list[UUID]
) -> None:
    clerk, other, now = house.officer("Jobcenter Köln"), house.officer("Agentur"), house.clock.now()
    for officer in (clerk, clerk, other):
        with Sessions.begin() as session:
            linking.leave(session, links[0], Ground.PERSON_ABSENT, actor=officer, now=now)
    assert lines(house, "link.left") == 2
    with Sessions() as late:
        decisions.by_id(late, links[0])  # read while it was open
        with Sessions.begin() as session:
            linking.decide(session, links[0], same=False, ground=Ground.PERSON_ASKED, actor=other, now=now)
        with pytest.raises(NotFound):
            linking.leave(late, links[0], Ground.MAY_BE_RELATIVES, actor=clerk, now=now)
    assert lines(house, "link.left") == 2


def test_a_verdict_on_two_is_kept_only_when_both_are_and_its_retry_keeps_what_is_missing(house: House) -> None:
    brought(house, "Agentur", NADIR)
    brought(house, "Jobcenter Köln", NADER)
    house.speak_as("web")
    clerk, now = house.officer("Jobcenter Essen"), house.clock.now()
    stated = entries(NADIR)
    found = linking.ask([EntryIn().load(one) for one in stated], actor=clerk, now=now)
    first, second = (linking.Chosen(one.appearance_id, one.sealed) for one in found)
    mine = house.create(clerk, stated).id
    both = linking.Choice(Verdict.DIFFERENT, (first, second))
    assert not linking.keep_choice(mine, linking.Choice(Verdict.DIFFERENT, ()), actor=clerk, now=now)
    assert linking.keep_choice(mine, linking.Choice(Verdict.DIFFERENT, (first,)), actor=clerk, now=now)
    house.stop_linkers()
    with pytest.raises(LinkerAway):
        linking.keep_choice(mine, both, actor=clerk, now=now)
    house.start_linker()
    forged = linking.Choice(Verdict.DIFFERENT, (first, replace(second, sealed=first.sealed)))
    with pytest.raises(KeeperRefused):
        linking.keep_choice(mine, forged, actor=clerk, now=now)
    assert lines(house, "link.rejected") == 1
    for _ in range(2):
        assert linking.keep_choice(mine, both, actor=clerk, now=now)
        assert lines(house, "link.rejected") == 2
    assert not linking.keep_choice(mine, replace(both, verdict=Verdict.SAME), actor=clerk, now=now)


def test_what_was_linked_and_decided_is_counted_also_when_it_was_found_late(house: House, links: list[UUID]) -> None:
    decided(house, links)
    this_month = house.clock.now().date().replace(day=1)
    with Sessions() as session:
        sorts = settled.sorts(session)
        assert counted(sorts) == Counted(at_once=1, later=0, taken=1, waiting=1)
        assert {one.verdict for one in settled.newest(session)} == {"same", "different"}
        assert linked_by_month(sorts, since=this_month) == [(this_month, 2)]
        assert linked_by_month(sorts, since=this_month + timedelta(days=31)) == []
    with psycopg.connect(house.pair.main_url()) as connection:
        connection.execute("UPDATE appearance SET created_on = created_on - 3")
    with Sessions() as session:
        assert counted(settled.sorts(session)) == Counted(at_once=0, later=1, taken=1, waiting=1)
        assert sum(one.count for one in settled.sorts(session, most=1)) == 1, "the newest"


def test_an_operator_exports_decisions_without_persons_and_the_log_says_so(
    house: House, links: list[UUID], tmp_path: Path
) -> None:
    decided(house, links)
    operator, out = Operator(house, tmp_path / "home"), tmp_path / "out.csv"
    beside = {"REGISTRY_PROCESS": "cli", "CLI_DATABASE_URL": house.pair.main_url("cli")}
    env = beside | {"REGISTRY_RUN_DIR": str(house.settings.run_dir)}
    code, said, told = operator.types("links", "export", out, env=env)
    assert (code, "3 decisions" in said) == (0, True), told
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["said"] for row in rows) == ["different", "same", "unsure"]
    assert tuple(rows[0]) == export.COLUMNS
    assert all("agrees:ba-customer:exact" in row["reasons"] and "birth-date" in row["differences"] for row in rows)
    assert not any(str(one) in out.read_text() or "weighs" in out.read_text() for one in links)
    assert out.stat().st_mode & 0o777 == 0o600
    with psycopg.connect(house.pair.main_url()) as connection:
        lines = connection.execute("SELECT results FROM audit_line WHERE event = 'links.exported'").fetchall()
    assert lines == [(3,)]
    code, _, told = operator.types("links", "export", out, env=env)
    assert (code, "exists" in told) == (2, True)
    nowhere = operator.types("links", "export", tmp_path / "none" / "out.csv", env=env)
    alone = env | {"REGISTRY_RUN_DIR": str(tmp_path / "nothing-runs")}
    failed = operator.types("links", "export", tmp_path / "failed.csv", env=alone)
    assert ([nowhere[0], failed[0] != 0], "Traceback" in nowhere[2] + failed[2]) == ([2, True], False), failed
    assert list(tmp_path.glob("*.csv")) == [out], "what could not be written whole is taken away"

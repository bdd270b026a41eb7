"""An agency's file goes in through its worker's keeper socket: batch by batch, and twice changes nothing."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

import adapters.sandbox
from adapters.cli.importing import budget_for
from adapters.engine.inbound import REPORT_CHARACTERS, REPORT_ITEMS, carry
from adapters.engine.messages import Warned
from adapters.engine.reading import Source
from adapters.engine.worker import RunIntake
from registry.casework import receiving
from registry.casework.admission import signing_in
from registry.db import Sessions
from registry.keys.client import KEEPER, KeeperRefused
from registry.wire.messages import Sealed, Write, WriteRecord
from tests.house import House, open_house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.engine.messages import FileReport
    from tests.conftest import DatabasePair

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


def open_run(house: House, budget: int = 1000) -> UUID:
    """Open a run for the Agentur and become its worker."""
    house.speak_as("cli")
    officer = house.officer("Agentur", "administrator")
    with Sessions.begin() as session:
        run = signing_in.open_run(session, officer, operation="import", budget=budget, now=house.clock.now())
    house.speak_as("worker", UUID(house.agency("Agentur").id))
    return run.id


def bring(path: Path, run: UUID, seen: list[tuple[int, int]] | None = None) -> FileReport:
    progress = seen if seen is not None else []
    with path.open("rb") as file:
        return carry(
            Source(path.name, file.fileno(), "ba", is_for_test=True),
            RunIntake(run),
            on_progress=lambda done, total: progress.append((done, total)),
        )


@contextmanager
def lines(path: Path, count: int, **changes: Any) -> Iterator[list[dict[str, Any]]]:  # noqa: ANN401 - any JSON
    """Let a test change the profiles of a JSON Lines file before it is written."""
    document = json.loads((SAMPLES / "ba_02_bewerberprofil_shevchuk.json").read_text(encoding="utf-8")) | changes
    documents = [json.loads(json.dumps(document | {"refnr": f"r{number}"})) for number in range(count)]
    yield documents
    path.write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")


def test_a_file_becomes_persons_and_again_changes_nothing(house: House) -> None:
    run = open_run(house)
    path = SAMPLES / "ba_02_bewerberprofil_shevchuk.json"
    first, second = bring(path, run), bring(path, run)
    assert (first.records, first.created, first.unchanged, first.refused) == (1, 1, 0, [])
    assert (second.records, second.created, second.unchanged) == (1, 0, 1)
    assert first.unmapped == second.unmapped
    assert receiving.persons_count() == 1


def test_a_changed_profile_updates_its_own_appearance(house: House, tmp_path: Path) -> None:
    run = open_run(house)
    with lines(tmp_path / "a", 1):
        pass
    assert bring(tmp_path / "a", run).created == 1
    with lines(tmp_path / "b", 1) as documents:
        documents[0]["sprachkenntnisse"][2]["auspraegung"] = "Muttersprache"
    again = bring(tmp_path / "b", run)
    assert (again.created, again.updated, again.unchanged) == (0, 1, 0)
    assert bring(tmp_path / "b", run).unchanged == 1
    assert receiving.persons_count() == 1


def test_the_same_profile_twice_in_one_file_is_one_person(house: House, tmp_path: Path) -> None:
    run = open_run(house)
    with lines(tmp_path / "a", 3) as documents:
        documents[2] = documents[0] | {"rechtskreis": "SGB II"}
    report = bring(tmp_path / "a", run)
    assert (report.created, report.updated) == (2, 1)


def test_the_same_profile_in_two_batches_is_one_person(house: House, tmp_path: Path) -> None:
    """The second batch is sealed while the first is stored, unless they have a record in common."""
    run = open_run(house)
    with lines(tmp_path / "a", 350) as documents:
        documents[120] = documents[5] | {"rechtskreis": "SGB II"}
        documents[349] = documents[20]
    report = bring(tmp_path / "a", run)
    assert (report.created, report.updated, report.unchanged) == (348, 1, 1)
    assert receiving.persons_count() == 348
    again = bring(tmp_path / "a", run)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 350)


def test_a_batch_is_sealed_ahead_or_left_to_be_sealed_when_it_is_stored(house: House) -> None:
    run = open_run(house, budget=1)
    records = [receiving.Received(f"refnr:{number}", b"digest", ()) for number in range(2)]
    assert RunIntake(run).seal(records) is None  # too many for this run
    sealing = RunIntake(run).seal(records[:1])
    assert sealing is not None
    assert receiving.persons_count() == 0
    assert [outcome.status for outcome in RunIntake(run).store(records[:1], sealing).outcomes] == ["created"]
    assert [outcome.status for outcome in RunIntake(run).store(records[:1], None).outcomes] == ["unchanged"]
    with pytest.raises(KeeperRefused):
        RunIntake(run).store(records[1:], RunIntake(run).seal(records[1:]))
    assert receiving.persons_count() == 1


def test_one_bad_line_does_not_keep_the_others_out(house: House, tmp_path: Path) -> None:
    """Research sync.md, section 7, #18."""
    run = open_run(house)
    with lines(tmp_path / "a", 120) as documents:
        documents[6]["made up " + "y" * 600] = 1
        documents[60] |= {"refnr": None, "kundennummer": None}
    seen: list[tuple[int, int]] = []
    report = bring(tmp_path / "a", run, seen)
    assert (report.records, report.created, report.is_whole) == (120, 118, True)
    assert [(line.line, line.code) for line in report.refused] == [(7, "entry.invalid"), (61, "key.missing")]
    assert "Longer than" in report.refused[0].reason
    assert "yyy" not in report.refused[0].reason
    assert seen == [(0, 120), (100, 120), (120, 120)]


def test_a_report_stays_small_whatever_keys_a_file_makes_up(house: House, tmp_path: Path) -> None:
    run = open_run(house)
    with lines(tmp_path / "a", 3) as documents:
        for number, document in enumerate(documents):
            made_up = {f"made up {number} {key}": 1 for key in range(500)}
            document.update(made_up | {f"{number} long " + "x" * 400: 1})
    report = bring(tmp_path / "a", run)
    assert report.created == 3
    assert len(report.unmapped) <= REPORT_ITEMS + 1
    assert ("/… and more", True) in report.unmapped
    assert max(len(path) for path, _ in report.unmapped) <= REPORT_CHARACTERS + 1


def test_a_half_written_file_leaves_nothing(house: House, tmp_path: Path) -> None:
    """Research sync.md, section 7, #13: refused whole, nothing applied."""
    run = open_run(house)
    with lines(tmp_path / "a", 60):
        pass
    content = (tmp_path / "a").read_bytes()
    (tmp_path / "cut").write_bytes(content[:-20])
    report = bring(tmp_path / "cut", run)
    assert (report.records, report.created, report.is_whole) == (0, 0, False)
    assert [(line.line, line.code) for line in report.refused] == [(60, "json.truncated")]
    assert receiving.persons_count() == 0


def test_a_run_takes_in_no_more_than_its_budget(house: House, tmp_path: Path) -> None:
    run = open_run(house, budget=5)
    with lines(tmp_path / "a", 6):
        pass
    with pytest.raises(KeeperRefused):
        bring(tmp_path / "a", run)
    assert receiving.persons_count() == 0


def test_answers_that_get_lost_do_not_use_up_the_budget_of_an_import(house: House, tmp_path: Path) -> None:
    """The keeper counts what it seals, whether it is stored or not; a batch is sent up to five times."""
    run = open_run(house, budget_for(50))
    lost = [WriteRecord({}, key=f"lost-{number}", digest=bytes(32)) for number in range(50)]
    for _ in range(4):
        KEEPER.ask(Write(lost, run=run), Sealed)
    with lines(tmp_path / "a", 50):
        pass
    assert bring(tmp_path / "a", run).created == 50


def test_another_agencys_worker_cannot_use_the_run(house: House) -> None:
    run = open_run(house)
    house.speak_as("worker", UUID(house.agency("Jobcenter Köln").id))
    with pytest.raises(KeeperRefused):
        bring(SAMPLES / "ba_02_bewerberprofil_shevchuk.json", run)


def test_an_older_file_after_a_newer_one_is_refused_line_by_line(house: House, tmp_path: Path) -> None:
    run = open_run(house)
    with lines(tmp_path / "old", 2, stand="2026-03-01T10:00:00+01:00") as documents:
        documents[1]["stand"] = "2026-03-03T10:00:00+01:00"
    with lines(tmp_path / "new", 2, stand="2026-03-01T09:30:00Z", rechtskreis="SGB II"):
        pass
    assert bring(tmp_path / "old", run).created == 2
    report = bring(tmp_path / "new", run)
    assert (report.updated, report.unchanged) == (1, 0)
    refused = [(line.line, line.code, line.reason) for line in report.refused]
    assert refused == [(2, "record.older", "A newer one came before.")]
    again = bring(tmp_path / "old", run)
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 2, [])


def test_a_time_to_come_keeps_nothing_out(house: House, tmp_path: Path) -> None:
    """One wrong clock would have everything refused for years."""
    run = open_run(house)
    with lines(tmp_path / "ahead", 1, stand="2999-01-01T00:00:00Z"):
        pass
    with lines(tmp_path / "next", 1, stand="2026-03-01T09:30:00Z", rechtskreis="SGB II"):
        pass
    assert (bring(tmp_path / "ahead", run).created, bring(tmp_path / "next", run).updated) == (1, 1)


def test_numbers_that_look_unusual_are_warned_about_and_taken_all_the_same(house: House, tmp_path: Path) -> None:
    run = open_run(house)
    with lines(tmp_path / "a", 3) as documents:
        documents[1]["kundennummer"] = "another 4711"
    for created, unchanged in ((3, 0), (0, 3)):
        report = bring(tmp_path / "a", run)
        assert (report.created, report.unchanged, report.refused) == (created, unchanged, [])
        unusual = [(one.line, one.words) for one in report.warnings if "ba-customer" in one.words]
        assert unusual == [(2, "The number of identifiers.ba-customer does not have the usual form.")]
        assert "4711" not in repr(report)


def test_warnings_stay_few_whatever_numbers_a_file_makes_up(house: House, tmp_path: Path) -> None:
    count = REPORT_ITEMS // 2 + 20
    run = open_run(house, budget=count)
    with lines(tmp_path / "a", count) as documents:
        for number, document in enumerate(documents):
            document["kundennummer"] = f"c{number}"  # refnr is unusual already
    report = bring(tmp_path / "a", run)
    assert report.created == count
    assert len(report.warnings) == REPORT_ITEMS + 1
    assert report.warnings[-1] == Warned(0, "40 more numbers look unusual.")

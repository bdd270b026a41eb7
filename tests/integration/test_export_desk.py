"""The worker's desk writes for its own agency: whole, or with the reason why not."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

import adapters.sandbox
from adapters.cli.folder import filling
from adapters.engine.client import ExportStoppedError, at_the_desk, fetch, hand_over
from adapters.engine.messages import Export, Exported, Part
from adapters.engine.reading import Source
from adapters.engine.worker import Desk, listening
from registry.casework import granting
from registry.casework.admission import signing_in
from registry.db import Sessions
from registry.keys.client import KEEPER
from registry.linkage.client import LINKER
from schemas.compartments import Section
from schemas.vocabularies.access import Purpose
from tests.house import House, open_house, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.actors import Officer
    from tests.conftest import DatabasePair

SAMPLE = Path(adapters.sandbox.__file__).parent / "samples" / "ba_02_bewerberprofil_shevchuk.json"
NAME = {"kind": "identity.name", "value": {"family": "Karimi", "given": "Zahra", "form": "current", "script": "Latn"}}
DARI = {"kind": "languages.language", "value": {"language": "prs", "as_said": "Kabuli", "levels": []}}


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair, linker=True) as opened:
        yield opened


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    """Serve the Agentur's desk, in this process, which the tests make its worker."""
    opened = Desk(UUID(house.agency("Agentur").id), house.settings.run_dir / "desk.sock", is_for_test=True)
    with listening(opened.path) as listener:
        serving = threading.Thread(target=serve, args=(opened, listener))
        serving.start()
        yield opened
        listener.shutdown(socket.SHUT_RDWR)
        serving.join(20)


def serve(desk: Desk, listener: socket.socket) -> None:
    try:
        with suppress(OSError):
            desk.run(listener)
    finally:
        KEEPER.close()  # this thread's own connections
        LINKER.close()


def open_runs(house: House, agency: str, *wanted: tuple[str, int]) -> list[UUID]:
    """Open runs for an office and become its worker."""
    house.speak_as("cli")
    officer = house.officer(agency, "administrator")
    runs = [open_run(house, officer, operation, budget) for operation, budget in wanted]
    house.speak_as("worker", UUID(house.agency(agency).id))
    return runs


def open_run(house: House, officer: Officer, operation: str, budget: int) -> UUID:
    with Sessions.begin() as session:
        now = house.clock.now()
        return signing_in.open_run(session, officer, operation=operation, budget=budget, now=now).id


def bring(desk: Desk, path: Path, run: UUID) -> dict[str, int]:
    """Have the desk take in a file and return what became of its records."""
    with path.open("rb") as file, at_the_desk(desk.path, print) as worker:
        source = Source(path.name, file.fileno(), "ba", is_for_test=True)
        (report,) = hand_over(worker, run, [source], on_progress=lambda _: None)
    found = {status: getattr(report, status) for status in ("created", "updated", "unchanged")}
    return {status: count for status, count in found.items() if count}


def exported(desk: Desk, run: UUID) -> tuple[Exported, dict[str, bytes]]:
    files: dict[str, bytes] = {}
    with at_the_desk(desk.path, lambda: pytest.fail("nobody goes first")) as worker:
        done = fetch(worker, Export(run, "ba", 3), on_part=lambda part: keep(files, part), on_progress=lambda _: None)
    return done, files


def keep(files: dict[str, bytes], part: Part) -> None:
    files[part.name] = files.get(part.name, b"") + part.content


def granted_to_the_agentur(house: House) -> None:
    """Let a person whom only the Jobcenter knows share her languages with the Agentur."""
    clerk = house.officer("Jobcenter Köln")
    letter = house.letter(clerk, house.create(clerk, [NAME, DARI]).person_id)
    actor = house.person(letter)
    wish = granting.Wish(
        agency_id=UUID(house.agency("Agentur").id),
        purpose=Purpose.PLACEMENT,
        sections=frozenset({Section.LANGUAGES}),
        until=house.clock.now() + timedelta(days=30),
        **told(),
    )
    with Sessions.begin() as session:
        granting.give(session, wish, letter.proof(1), actor=actor, now=house.clock.now())


def test_what_is_written_and_read_again_changes_nothing(house: House, desk: Desk, tmp_path: Path) -> None:
    into, out = open_runs(house, "Agentur", ("import", 100), ("export", 100))
    assert bring(desk, SAMPLE, into) == {"created": 1}
    done, files = exported(desk, out)
    assert (done.persons, done.granted) == (1, 0)
    ((name, content),) = files.items()
    (tmp_path / name).write_bytes(content)
    assert bring(desk, tmp_path / name, into) == {"unchanged": 1}


def test_what_others_said_comes_along_and_is_not_taken_for_the_agencys_own(
    house: House, desk: Desk, tmp_path: Path
) -> None:
    granted_to_the_agentur(house)
    into, out = open_runs(house, "Agentur", ("import", 100), ("export", 100))
    assert bring(desk, SAMPLE, into) == {"created": 1}
    done, files = exported(desk, out)
    assert (done.persons, done.granted) == (2, 1)
    written = b"".join(files.values())
    assert b"Kabuli" in written
    assert b"Karimi" not in written
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert [bring(desk, tmp_path / name, into) for name in files] == [{"unchanged": 1}]


def test_another_agencys_run_writes_nothing_and_leaves_no_line(house: House, desk: Desk) -> None:
    (foreign,) = open_runs(house, "Jobcenter Köln", ("export", 100))
    house.speak_as("worker", desk.agency)
    with pytest.raises(ExportStoppedError, match="no such run"):
        exported(desk, foreign)
    with pytest.raises(ExportStoppedError, match="no such run"):
        exported(desk, uuid4())


def test_an_import_run_writes_nothing(house: House, desk: Desk) -> None:
    (run,) = open_runs(house, "Agentur", ("import", 100))
    with pytest.raises(ExportStoppedError, match="refused"):
        exported(desk, run)


def test_an_export_beyond_its_budget_stops_and_leaves_no_file(house: House, desk: Desk, tmp_path: Path) -> None:
    clerk = house.officer("Agentur")
    for _ in range(30):
        house.create(clerk, [NAME, DARI])
    out, more = open_runs(house, "Agentur", ("export", 25), ("export", 30))
    folder = tmp_path / "out"
    with pytest.raises(ExportStoppedError, match="Nothing was written"):
        write_to(folder, tmp_path, desk, run=out)
    assert list(folder.iterdir()) == []
    write_to(folder, tmp_path, desk, run=more)
    assert len(list(folder.iterdir())) == 1


def write_to(folder: Path, home: Path, desk: Desk, *, run: UUID) -> None:
    with filling(folder, home, desk.agency) as filled, at_the_desk(desk.path, print) as worker:
        fetch(
            worker,
            Export(run, "ba", 30),
            on_part=lambda part: filled.add(part.name, part.content),
            on_progress=lambda _: None,
        )
        filled.finish()

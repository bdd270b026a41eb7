"""Copies that do not fit what they would come back beside: refused before anything is touched, or agreed to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from registry.errors import OperationError
from tests.house import House, open_house
from tests.keeper_writer import Writer
from tests.restore_drill import LANGUAGES, Drill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from registry.ops.copies.fitting import Gap
    from tests.conftest import DatabasePair
    from tests.restore_drill import Hers

MONTH = timedelta(days=30)


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


@pytest.fixture
def drill(house: House) -> Drill:
    return Drill(house, house.officer("Agentur"))


@pytest.fixture
def hers(drill: Drill, tmp_path: Path) -> Hers:
    """Return somebody whose languages two offices may see, as the copy has her."""
    hers = drill.create()
    for office in ("Jobcenter Köln", "Jobcenter Essen"):
        drill.give(hers, office, lasts=MONTH)
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    return hers


class Agreeing:
    """Agrees to everything, and keeps what it was asked."""

    def __init__(self, asked: list[Gap]) -> None:
        self._asked = asked

    def __call__(self, gap: Gap) -> bool:
        """Agree."""
        self._asked.append(gap)
        return True


def refused(drill: Drill, folder: Path, which: str, match: str) -> None:
    """Insist that this copy alone does not come back, and that everything is as it was."""
    drill.stop()
    with pytest.raises(OperationError, match=match):
        drill.bring_back(folder, which)
    drill.start()
    assert drill.house.officer("Agentur")


def test_a_shred_store_that_would_lose_somebody_recorded_since_comes_back_only_where_that_is_agreed_to(
    drill: Drill, hers: Hers, tmp_path: Path
) -> None:
    new = drill.create()
    refused(drill, tmp_path / "copy", "shred", "all of 1 records of persons that were made since")
    assert drill.secret_of(new)
    asked: list[Gap] = []
    drill.stop()
    drill.bring_back(tmp_path / "copy", "shred", agreed=Agreeing(asked))
    drill.start()
    assert [(one.unknown, one.keys) for one in asked] == [(1, ())]
    assert "a copy of the shred database of after 20" in asked[0].words()[-1]
    assert drill.secret_of(hers)
    assert not drill.secret_of(new)


def test_a_shred_store_is_refused_that_lacks_a_key_under_which_rows_were_sealed_since(
    drill: Drill, hers: Hers, tmp_path: Path
) -> None:
    now = drill.house.clock.now()
    drill.house.keeper.rooms.store.keys.renew("custodian", "", 2, now=now)
    drill.withdraw(hers, hers.grants[0])
    refused(drill, tmp_path / "copy", "shred", rf"{len(LANGUAGES)} rows under the key custodian")
    assert drill.by_grant(drill.house.officer("Jobcenter Essen"), hers, hers.grants[1]) == set(LANGUAGES)


def test_a_main_database_is_refused_whose_rows_lie_under_a_key_that_was_destroyed_since(
    drill: Drill, hers: Hers, tmp_path: Path
) -> None:
    keys = drill.house.keeper.rooms.store.keys
    agency = drill.house.agency("Jobcenter Köln").id
    keys.renew("agency", agency, 2, now=drill.house.clock.now())
    keys.destroy("agency", agency, 1)
    refused(drill, tmp_path / "copy", "main", f"{len(LANGUAGES)} rows under the key agency {agency}")
    with Writer(drill.house.pair.main_url()) as writer:
        assert writer.connection.execute("SELECT count(*) FROM person").fetchone() == (1,)
    drill.stop()
    drill.bring_back(tmp_path / "copy")  # both of one back-up fit each other
    drill.start()
    assert drill.secret_of(hers)


@pytest.mark.parametrize("which", ["main", "shred"])
def test_an_older_key_that_still_lives_keeps_no_copy_away(drill: Drill, hers: Hers, tmp_path: Path, which: str) -> None:
    drill.house.keeper.rooms.store.keys.renew("custodian", "", 2, now=drill.house.clock.now())
    drill.stop()
    drill.bring_back(tmp_path / "copy", which)
    drill.start()
    assert drill.secret_of(hers)


@pytest.mark.parametrize(
    ("store", "statement"),
    [
        ("shred", "UPDATE key SET created_at = created_at - interval '1 microsecond'"),
        ("main", "UPDATE audit_leaf SET chain = sha256(chain) WHERE number = 0"),
    ],
)
@pytest.mark.parametrize("which", ["main", "shred"])
def test_a_copy_of_another_installation_is_refused_by_name(
    drill: Drill, hers: Hers, tmp_path: Path, store: str, statement: str, which: str
) -> None:
    assert hers
    drill.stop()
    with Writer(drill.house.pair.main_url() if store == "main" else drill.house.pair.shred_url()) as writer:
        assert writer.connection.execute(statement.encode()).rowcount
    with pytest.raises(OperationError, match=rf"of the {which} database is of another installation"):
        drill.bring_back(tmp_path / "copy", which)
    with pytest.raises(OperationError, match="is of another installation"):
        drill.bring_back(tmp_path / "copy")
    drill.start()


@pytest.mark.parametrize("database", ["main", "shred"])
def test_a_database_of_another_revision_is_not_copied_by_a_version_that_does_not_know_its_tables(
    drill: Drill, tmp_path: Path, database: str
) -> None:
    url = drill.owned.urls()[database]
    with Writer(url) as writer:
        assert writer.connection.execute("UPDATE alembic_version SET version_num = '0001'").rowcount
    with pytest.raises(OperationError, match=f"the {database} database has revision 0001: back it up with the version"):
        drill.back_up(tmp_path / "copy")

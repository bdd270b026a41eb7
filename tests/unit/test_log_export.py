"""An export of the log: read whole or refused, whatever was done to the file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from msgspec import structs, to_builtins

from registry.casework.restoring.export_file import ExportRefused, check, records
from registry.crypto.encoding import encode, fixed
from registry.lines import COLUMNS, GENESIS, leaf_of, link
from registry.wire.rows import ErasureRow
from registry.wire.upkeep.restoring import LineRow
from schemas.canonical import canonical

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 1, 9, 30, 0, 123456, tzinfo=UTC)
BLANK = LineRow(
    id=UUID(int=0), at=NOW, event="profile.opened", outcome="permitted", reason=None, session_id=bytes(32),
    agency_id=UUID(int=7), officer_id=None, responsible_id=None, run_id=None, object_id=None, purpose="placement",
    basis="consent", grants=[UUID(int=9)], appearances=[UUID(int=8)], compartments=["languages.core"], results=None,
    leaf=b"",
)  # fmt: skip
ORDER = ErasureRow(UUID(int=5), UUID(int=6), [UUID(int=8)], NOW, bytes(33))


def named(row: LineRow | ErasureRow) -> dict[str, Any]:
    return dict(zip(row.__struct_fields__, to_builtins(row), strict=True))


def lines(count: int = 4) -> list[dict[str, Any]]:
    """Return an export's documents: a first one, lines (the last of them an erasure), and an end that binds them."""
    said: list[dict[str, Any]] = [
        {"format": "einmal/log-export/1", "first": 0, "chain": GENESIS.hex(), "keys": ["d.e.f"]}
    ]
    chain = GENESIS
    for number in range(count):
        row = structs.replace(BLANK, id=UUID(int=100 + number), at=NOW + timedelta(seconds=number))
        if number == count - 1:
            row = structs.replace(row, event="person.erased", object_id=ORDER.id)
        row = structs.replace(row, leaf=leaf_of({k: v for k, v in row.values().items() if k != "leaf"}))
        chain = link(chain, row.leaf)
        said.append({"number": number, "line": named(row), "chain": chain.hex()})
    said[-1]["erasure"] = named(ORDER)
    return [*said, {"size": count, "chain": chain.hex(), "sha256": "", "head": "a.b.c"}]


def stored(path: Path, said: list[dict[str, Any]]) -> Path:
    body = b"".join(canonical(one) + b"\n" for one in said[:-1])
    path.write_bytes(body + canonical(said[-1] | {"sha256": sha256(body).hexdigest()}) + b"\n")
    return path


def test_a_whole_export_is_read_as_it_was_written(tmp_path: Path) -> None:
    export = check(stored(tmp_path / "log", lines()))
    assert (export.first, export.size, export.head, export.keys) == (0, 4, "a.b.c", ["d.e.f"])
    assert export.events == {"profile.opened": 3, "person.erased": 1}
    assert export.ended_at == NOW + timedelta(seconds=3)
    last = list(records(export, 3))
    assert [(one.number, one.erasure) for one in last] == [(3, ORDER)]
    assert last[0].line.id == UUID(int=103)


@pytest.mark.parametrize(
    "compartments", [["x"] * 200_000, [f"invented.{at}" for at in range(30)], ["languages.core", "invented.one"]]
)
def test_only_names_of_compartments_are_remembered_as_they_are_encoded(compartments: list[str]) -> None:
    """Who may write lines must not fill the memory of who reads them."""
    before = fixed.cache_info().currsize
    row = dict.fromkeys((*COLUMNS, "persons")) | {"compartments": compartments}
    assert leaf_of(row) != leaf_of(row | {"compartments": compartments[1:]})
    assert fixed.cache_info().currsize == before
    ours = row | {"compartments": ["languages.core"]}
    flat = [part for name in sorted(set(COLUMNS) - {"leaf"}) for part in (name, ours[name])]
    assert leaf_of(ours) == sha256(b"\0" + encode(("line/1", *flat))).digest()


def test_every_changed_byte_is_found(tmp_path: Path) -> None:
    """Also one that leaves JSON, and one in the order beside an erasure. Of what the keeper signed it finds it."""
    path = stored(tmp_path / "log", lines(2))
    whole = path.read_bytes()
    signed = whole.index(b'"head":"a.b.c"')
    for at in range(len(whole)):
        if signed + 8 <= at < signed + 13:
            continue
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ExportRefused):
            check(path)


def test_an_export_that_was_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path / "log", lines(2))
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(ExportRefused):
            check(path)


def test_what_follows_the_end_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path / "log", lines())
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ExportRefused, match="something follows"):
        check(path)


@pytest.mark.parametrize("order", [(2, 1, 3), (1, 3, 2), (1, 1, 2), (1, 3)])
def test_lines_in_another_order_repeated_or_left_out_are_refused(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Whoever does it binds the file anew; the chain says it all the same."""
    said = lines(3)
    path = stored(tmp_path / "log", [said[0], *(said[number] for number in order), said[-1]])
    with pytest.raises(ExportRefused, match="the chain breaks"):
        check(path)


def test_a_line_that_says_something_else_than_its_leaf_is_refused(tmp_path: Path) -> None:
    said = lines()
    said[2]["line"]["purpose"] = "training"
    with pytest.raises(ExportRefused, match="Line 3: it was changed"):
        check(stored(tmp_path / "log", said))


@pytest.mark.parametrize(
    "document",
    [
        {"format": "einmal/log-export/2", "first": 0, "chain": "", "keys": []},
        {"format": "einmal/log-export/1", "first": 0, "chain": "", "keys": [1]},
        {"size": 1},
        {},
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, document: dict[str, Any]) -> None:
    with pytest.raises(ExportRefused, match="no export of a log"):
        check(stored(tmp_path / "log", [document, *lines()[1:]]))


def test_a_line_of_another_form_is_refused(tmp_path: Path) -> None:
    said = lines()
    del said[2]["line"]["grants"]
    with pytest.raises(ExportRefused, match="Line 3: it is no line"):
        check(stored(tmp_path / "log", said))

"""All that the samples state is written where nothing can be opened and no module loaded, as it is outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adapters import catalogue
from adapters.contract import Office, Share
from adapters.engine.messages import ENCODER, Begin, Finished, Part, Shares, Wanted
from adapters.engine.reading import said, started
from registry.wire.sockets import frames
from tests.agencies import stated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.contract import Piece

OFFICE, AT = Office("67748", "Jobcenter Stuttgart"), "2026-03-01T12:00:00.000000Z"


def shares_for(adapter: str) -> list[Share]:
    """Return what an agency said itself, each with all that the others said; and somebody whom only others know."""
    others = [path for path in stated.SAMPLES if path not in stated.samples_of(adapter)]
    granted = tuple(
        stated.shown(entry, "other")
        for path in others
        for record in stated.records(path.name, path.read_bytes())
        for entry in stated.statements(record)
        if entry["kind"] != "unmapped.path"
    )
    own = [
        Share(record.key, tuple(map(stated.shown, stated.statements(record))), granted)
        for path in stated.samples_of(adapter)
        for record in stated.records(path.name, path.read_bytes())
    ]
    return [*own, Share("", (), granted)]


def written_in_the_child(adapter: str, shares: list[Share]) -> dict[str, bytes]:
    parts = []
    with started([adapter, "write", "live"]) as child:
        frames.send(child, ENCODER.encode(Begin(OFFICE, AT, len(shares))))
        waiting = iter([shares, []])
        for message in said(child):
            if isinstance(message, Wanted):
                frames.send(child, ENCODER.encode(Shares(next(waiting))))
            else:
                parts.append(message)
    assert parts[-1] == Finished()
    return joined(part for part in parts if isinstance(part, Part))


def joined(parts: Iterable[Part | Piece]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for part in parts:
        files[part.name] = files.get(part.name, b"") + part.content
    return files


@pytest.mark.parametrize("adapter", catalogue.names())
def test_what_is_written_in_the_child_is_what_is_written_outside(adapter: str) -> None:
    shares = shares_for(adapter)
    expected = joined(catalogue.find(adapter).write(iter(shares), OFFICE, at=AT))
    found = written_in_the_child(adapter, shares)
    # fields may stand in another order there: each process has its own order of sets
    assert {name: sorted(content) for name, content in found.items()} == {
        name: sorted(content) for name, content in expected.items()
    }
    assert len(b"".join(expected.values())) > 10_000

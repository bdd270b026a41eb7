"""What a thief of the disk finds after a day's work: databases with their logs of writing, our logs, errors as told."""

from __future__ import annotations

import json
import shutil
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from adapters.sandbox.story.caller import Caller
from registry.bench import read
from registry.ops.embedded.quarters import vacate
from registry.ops.own_house import Stack, own_house
from tests.integration.test_canaries import Canaries, entries_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.sandbox.story.caller import Answer

#: The end of every marker, and the beginning of every number, of `Canaries`.
MARKS = ("yranac", "7302100000")
#: As base64 shows the beginning of every marker, wherever it stands in a text of three times as many bytes.
IN_BASE64 = tuple(b64encode(part) for part in (b"canary", b"anary0", b"nary00"))


@pytest.fixture
def stack() -> Iterator[Stack]:
    home = Path(tempfile.mkdtemp(prefix="einmal-disk-", dir="/var/tmp"))
    with own_house(home / "house") as running:
        yield running
    vacate(home / "house")
    shutil.rmtree(home)


def forms() -> list[bytes]:
    """Return every mark as it would stand in a file: plain, in UTF-16, in hexadecimal, in base64."""
    plain = [mark.encode() for mark in MARKS]
    wide = [mark.encode("utf-16-le") for mark in MARKS]
    return [*plain, *wide, *(mark.hex().encode() for mark in plain), *IN_BASE64]


def on_disk(folders: list[Path]) -> set[tuple[str, bytes]]:
    """Return (file, form) of every mark in any file."""
    return {
        (str(path), form)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
        for content in [path.read_bytes()]
        for form in forms()
        if form in content
    }


def places(stack: Stack) -> list[Path]:
    """Return where the stack writes: its home, and its databases where these lie elsewhere."""
    place = json.loads((stack.home / "postgres" / "place.json").read_text()) if _has_place(stack) else {}
    return [stack.home, *([Path(place["base"])] if place else [])]


def _has_place(stack: Stack) -> bool:
    return (stack.home / "postgres" / "place.json").exists()


def a_days_work(stack: Stack, birds: Canaries) -> list[Answer]:
    """Record, read, ask, and make every kind of mistake with words in it; return what was answered to mistakes."""
    offices = {agency["name"]: agency for agency in stack.agencies}
    clerk = Caller(stack.api).signed_in(offices["Agentur für Arbeit Stuttgart"]["token"])
    entries = entries_with(birds)
    written = [one for one in entries if not one["kind"].startswith("unmapped")]
    born = clerk.post("/persons", {"entries": written})
    assert born.status == 201, born.document
    own = clerk.get(f"/persons/{born.document['id']}/profile?purpose=intake")
    assert MARKS[0] in json.dumps(own.document)
    return [*mistakes(clerk, written, born.document["id"]), *searches(stack, written)]


def mistakes(clerk: Caller, written: list[dict[str, Any]], person: str) -> list[Answer]:
    """Send what must be refused, with words of hers in it."""
    name = next(one for one in written if one["kind"] == "identity.name")
    word = name["value"]["family"]
    wrong: list[Any] = [
        {"entries": [name | {"kind": word}]},
        {"entries": [name | {"nickname": word}]},
        {"entries": [name | {"value": name["value"] | {"script": word}}]},
        {"entries": [name | {"value": name["value"] | {"family": word * 400}}]},
        {"entries": [name | {"valid_from": word}]},
        {"entries": word},
        {"people": word},
        [word],
    ]
    answers = [clerk.post("/persons", body) for body in wrong]
    paths = [f"/persons/{person}/profile?purpose={word}", f"/persons/{word}/profile?purpose=intake", f"/{word}"]
    answers += [clerk.get(path) for path in paths]
    return [*answers, clerk.post(f"/persons/{person}/letters", {"pin": word}), clerk.post("/sessions", {"login": word})]


def searches(stack: Stack, written: list[dict[str, Any]]) -> list[Answer]:
    """Send pages what must be refused: whoever is not signed in reads only what everybody reads."""
    word = next(one for one in written if one["kind"] == "identity.name")["value"]["family"]
    port = urlsplit(stack.api).port or 0
    assert read.Api(port).ask("GET", "/notices/current")
    site = Caller(f"http://127.0.0.1:{port}")
    return [site.get(f"/de/{word}"), site.get(f"/de/office?{word}={word}"), site.get(f"/{word}")]


def test_no_canary_stands_on_the_disk_nor_in_what_is_told_of_a_mistake(stack: Stack) -> None:
    """research/security.md, goal 23: not in data files, their write-ahead log, our logs, or any error."""
    birds = Canaries()
    refused = a_days_work(stack, birds)
    assert {answer.status for answer in refused} <= {303, 400, 401, 404, 415, 422}
    assert [answer.body for answer in refused if any(mark.encode() in answer.body for mark in MARKS)] == []
    folders = places(stack)
    assert any(path.parent.name == "pg_wal" for folder in folders for path in folder.rglob("*"))
    assert (stack.home / "logs" / "web.log").stat().st_size > 0
    assert on_disk(folders) == set()


def test_a_canary_on_the_disk_would_be_found(tmp_path: Path) -> None:
    for number, form in enumerate(forms()):
        (tmp_path / str(number)).write_bytes(b"before " + form + b" after")
    for shift in range(3):
        (tmp_path / f"shifted {shift}").write_bytes(b64encode(b"x" * shift + b"canary0042yranac"))
    assert {Path(path).name for path, _ in on_disk([tmp_path])} == {path.name for path in tmp_path.iterdir()}

"""Adapter code runs in a child that can open nothing, and whose death refuses the file."""

import io
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest

import adapters.sandbox
from adapters.contract import (
    AdapterError,
    Office,
    PermanentError,
    Piece,
    Record,
    RefusedFileError,
    Share,
    Survey,
    TransientError,
)
from adapters.engine.child import BATCH_BYTES, BATCH_RECORDS, told
from adapters.engine.messages import ENCODER, FROM_CHILD, Batch, FileRefused, Finished, FromChild, Surveyed
from adapters.engine.reading import Source, read, said, survey
from registry.wire.sockets import frames

SAMPLE = Path(adapters.sandbox.__file__).parent / "samples" / "ba_02_bewerberprofil_shevchuk.json"


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency's adapter as it may behave, good or bad."""

    records: int = 0
    content: str = ""
    failure: AdapterError | None = None
    forgotten: int = 0
    name: str = "fake"
    kind: str = "adviser"

    def survey(self, file: BinaryIO, *, endpoint_is_test: bool) -> Survey:  # noqa: ARG002 - the contract's signature
        """Say how many records there are."""
        return Survey(self.records, None)

    def read(self, file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record]:  # noqa: ARG002 - the contract's signature
        """Yield the records, some forgotten, and fail where a failure is set."""
        value = {"path": "/x", "content": self.content}
        for line in range(1, self.records - self.forgotten + 1):
            yield Record(f"k{line}", line, b"", ({"kind": "unmapped.path", "value": value},))
        if self.failure:
            raise self.failure

    def write(self, shares: Iterator[Share], office: Office, *, at: str) -> Iterator[Piece]:  # noqa: ARG002 - as above
        """Write one line for each person."""
        for share in shares:
            yield Piece("people.txt", f"{share.appearance}\n".encode())


def what_is_told(agency: Agency) -> list[FromChild]:
    return list(told(agency, io.BytesIO(), only_survey=False, endpoint_is_test=True))


@contextmanager
def source(path: Path, *, adapter: str = "ba", is_for_test: bool = True) -> Iterator[Source]:
    with path.open("rb") as file:
        yield Source(path.name, file.fileno(), adapter, is_for_test)


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "adapters.engine.child" in child.cmdline()]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file of 220 profiles, of which the third has no key."""
    document = json.loads(SAMPLE.read_text(encoding="utf-8"))
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(220):
            numbers = (
                {"refnr": f"r{number}", "kundennummer": None} if number != 2 else {"refnr": "", "kundennummer": ""}
            )
            file.write(json.dumps(document | numbers) + "\n")
    return path


def test_a_file_is_surveyed_and_read_in_batches(many: Path) -> None:
    with source(many) as handed:
        assert survey(handed) == Survey(220, "677")
        first, *batches = read(handed)
    assert first == Survey(220, "677")
    sizes = [len(batch.records) + len(batch.refused) for batch in batches if isinstance(batch, Batch)]
    assert sizes == [BATCH_RECORDS] * 2 + [20]
    refused = [line for batch in batches if isinstance(batch, Batch) for line in batch.refused]
    assert [(line.line, line.code) for line in refused] == [(3, "key.missing")]


def test_a_broken_last_line_refuses_the_file_before_its_first_batch(many: Path) -> None:
    with many.open("ab") as file:
        file.write(b'{"refnr": "r')
    with source(many) as handed, pytest.raises(RefusedFileError) as caught, closing(read(handed)) as parts:
        next(parts)
    assert (caught.value.line, caught.value.reason_code, caught.value.file) == (221, "json.truncated", "many.jsonl")


def test_a_child_that_is_killed_refuses_the_rest(many: Path) -> None:
    with source(many) as handed, closing(read(handed)) as parts:
        next(parts)
        next(parts)
        (child,) = children()
        child.kill()
        with pytest.raises(RefusedFileError, match="crashed") as caught:
            list(parts)
    assert caught.value.reason_code == "adapter.stopped"


def test_leaving_early_leaves_no_child_behind(many: Path) -> None:
    with source(many) as handed, closing(read(handed)) as parts:
        next(parts)
    assert children() == []


def test_an_adapter_that_fails_refuses_the_file_without_quoting_it() -> None:
    with source(SAMPLE, adapter="nobody") as handed, pytest.raises(RefusedFileError) as caught:
        survey(handed)
    assert caught.value.reason_code == "adapter.failed"


def test_a_test_file_is_refused_where_real_data_is(tmp_path: Path) -> None:
    path = tmp_path / "marked.json"
    path.write_text(json.dumps({"test": "SYNTHETISCH", "refnr": "1"}), encoding="utf-8")
    with source(path, is_for_test=False) as handed, pytest.raises(RefusedFileError) as caught:
        survey(handed)
    assert caught.value.reason_code == "test.record"


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname')",
        "__import__('socket').socket()",
        "__import__('os').open('/tmp/x', 65)",
        "bytearray(400_000_000)",
        "__import__('subprocess').run(['/bin/true'])",
        "os.close(2), open('/etc/hostname')",
        "os.closerange(0, 64), open('/etc/hostname')",
        "os.closerange(0, 64), socket.socket()",
        "os.closerange(0, 64), os.dup(1)",
        "os.fork() or os._exit(0)",
        "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)), open('/etc/hostname')",
    ],
)
def test_a_confined_process_opens_starts_and_hoards_nothing(attempt: str) -> None:
    code = (
        "import os, resource, socket, subprocess\n"
        "from adapters.engine.child import confine\n"
        "os.closerange(3, 64)\n"
        "confine(0)\n"
        f"try:\n    {attempt}\n"
        "except (OSError, ValueError, MemoryError):\n    os._exit(42)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], env={}, check=False, capture_output=True, timeout=60)
    assert done.returncode == 42, done.stderr


HOSTILE = """
import os, socket
from adapters.contract import Survey

def fails(attempt):
    try:
        attempt()
    except OSError:
        return True

class Adapter:
    name, kind = "hostile", "adviser"

    def survey(self, file, *, endpoint_is_test):
        os.close(0), os.close(2)
        attempts = [lambda: open("/etc/passwd"), socket.socket, os.pipe, lambda: os.dup(1)]
        return Survey(sum(map(fails, attempts)), None)

ADAPTER = Adapter()
"""


def test_a_hostile_adapter_that_closes_what_it_has_gets_nothing_for_it(tmp_path: Path) -> None:
    """Standard error and the file make no room for a file or a socket of its own."""
    (tmp_path / "hostile.py").write_text(HOSTILE)
    (tmp_path / "hostile-1.dist-info").mkdir()
    (tmp_path / "hostile-1.dist-info" / "entry_points.txt").write_text(
        "[registry.adapters]\nhostile = hostile:ADAPTER\n"
    )
    start = (
        f"import sys; sys.path.append({str(tmp_path)!r}); from adapters.engine import child; child.main(sys.argv[1:])"
    )
    mine, theirs = socket.socketpair()
    with mine, theirs, SAMPLE.open("rb") as file:
        command = [sys.executable, "-I", "-c", start, "hostile", "survey", "test"]
        subprocess.run(command, stdin=file, stdout=theirs.fileno(), env={}, check=True, timeout=60)
        body = frames.receive(mine)
    assert body is not None
    assert FROM_CHILD.decode(body) == Surveyed(Survey(4, None))


@pytest.mark.parametrize(
    "body",
    [
        b"\x81\xa2is\xa1\xff",
        b"\x82\xa1\xff\x01\xa2is\xa8finished",
        b"\x83\xa2is\xa5batch\xa7refused\x90\xa7records\xdd\xff\xff\xff\xff",
        b"\xc1",
        b"",
        b"\x83\xa2is\xa5batch\xa7refused\x90\xa7records\x91\x85\xa3key\xa1k\xa4line\x01\xa6digest\xc4\x00\xa8unmapped\x90"
        b"\xa7entries\x91\x81\xa4kind" + b"\x91" * 100_000 + b"\x00",
    ],
    ids=["broken text", "broken key", "endless list", "no message", "nothing", "too deep"],
)
def test_nonsense_ends_what_a_child_says_as_its_death_does(body: bytes) -> None:
    """Whoever takes the child over can send anything."""
    mine, theirs = socket.socketpair()
    with mine, theirs:
        frames.send(theirs, ENCODER.encode(Finished()))
        frames.send(theirs, body)
        assert list(said(mine)) == [Finished()]


def test_the_child_has_no_environment(many: Path) -> None:
    """It learns no database, no home and no socket of ours."""
    with source(many) as handed, closing(read(handed)) as parts:
        next(parts)
        (child,) = children()
        assert not {name for name in child.environ() if "DATABASE" in name or "REGISTRY" in name or name == "HOME"}


@pytest.mark.parametrize("failure", [TransientError("later"), PermanentError("never")])
def test_a_failure_of_the_adapter_ends_the_file_with_its_code(failure: AdapterError) -> None:
    assert what_is_told(Agency(records=1, failure=failure))[-1] == FileRefused(0, failure.code, str(failure))


def test_a_file_that_changes_between_survey_and_reading_is_refused() -> None:
    last = what_is_told(Agency(records=3, forgotten=1))[-1]
    assert isinstance(last, FileRefused)
    assert last.code == "file.changed"


def test_large_records_make_smaller_batches() -> None:
    """A batch must fit into one frame, here and at the keeper."""
    messages = what_is_told(Agency(records=10, content="x" * (BATCH_BYTES // 3)))
    batches = [message for message in messages if isinstance(message, Batch)]
    assert [len(batch.records) for batch in batches] == [3, 3, 3, 1]
    assert isinstance(messages[-1], Finished)

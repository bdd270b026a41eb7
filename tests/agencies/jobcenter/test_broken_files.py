"""Files that broke on their way are refused whole or end early; nothing in them crashes the reader."""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import adapters.sandbox
from adapters.contract import Record, RefusedFileError, Survey
from adapters.engine.messages import Batch
from adapters.engine.reading import Source
from adapters.engine.reading import read as read_in_child
from adapters.jobcenter.mapping import ADAPTER

SAMPLES = sorted((Path(adapters.sandbox.__file__).parent / "samples").glob("jc_*"))


def whole(content: bytes) -> list[Record] | None:
    """Read a file as the engine does: surveyed first; None where it is refused."""
    try:
        survey = ADAPTER.survey(io.BytesIO(content), endpoint_is_test=True)
        made = list(ADAPTER.read(io.BytesIO(content), endpoint_is_test=True))
    except RefusedFileError:
        return None
    assert len(made) == survey.records
    return [one for one in made if isinstance(one, Record)]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_file_cut_anywhere_gives_no_half_record(path: Path) -> None:
    content = path.read_bytes()
    complete = whole(content)
    assert complete is not None
    for end in range(0, len(content), 7):
        made = whole(content[:end])
        assert made is None or all(one in complete for one in made), end


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_file_with_changed_bytes_never_crashes_the_reader(path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - the same broken files each time
    content = path.read_bytes()
    for _ in range(200):
        broken = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        whole(bytes(broken))


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\xff\xfe\x00", b"PK\x03\x04", b"%PDF-1.7", b"<", b"\xef\xbb\xbf", b";\r\n"]
)
def test_what_is_no_file_of_a_jobcenter_is_refused(content: bytes) -> None:
    with pytest.raises(RefusedFileError):
        ADAPTER.survey(io.BytesIO(content), endpoint_is_test=True)


def test_a_row_without_an_end_is_refused_before_it_fills_the_memory() -> None:
    header = SAMPLES[1].read_bytes().split(b"\r\n")[0] + b"\r\n"
    for endless in (b"x" * 3_000_000 + b"\r\n", b'"' + b"x\r\n" * 1_000_000):
        with pytest.raises(RefusedFileError) as caught:
            ADAPTER.survey(io.BytesIO(header + endless), endpoint_is_test=True)
        assert caught.value.reason_code in {"csv.too-large", "csv.malformed"}


@contextmanager
def source(path: Path) -> Iterator[Source]:
    with path.open("rb") as file:
        yield Source(path.name, file.fileno(), "jobcenter", True)  # noqa: FBT003 - the last field says that it is for tests


def delivery(persons: int, *, is_turned: bool) -> str:
    """Return a delivery in which the qualifications come in the order of the persons, or turned round."""
    numbers = range(persons)
    first = "".join(
        f"<Person><Kundennummer>K{number}</Kundennummer><Vorname>V</Vorname></Person>\n" for number in numbers
    )
    order = reversed(numbers) if is_turned else numbers
    second = "".join(
        f'<Qualifikation kundennummer="K{number}"><Zielberuf>Z{number}</Zielberuf></Qualifikation>\n'
        for number in order
    )
    modules = f'<Modul nr="P">{first}</Modul><Modul nr="Q">{second}</Modul>'
    return f'<Datenlieferung xmlns="urn:beispiel:xsozial-stil:1" berichtsmonat="2026-02">{modules}</Datenlieferung>'


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_confined_child_reads_each_style(path: Path) -> None:
    with source(path) as handed:
        first, *messages = read_in_child(handed)
    assert isinstance(first, Survey)
    assert sum(len(one.records) for one in messages if isinstance(one, Batch)) == first.records


@pytest.mark.parametrize("is_turned", [False, True])
def test_persons_and_qualifications_far_apart_are_joined_in_the_confined_child(tmp_path: Path, is_turned: bool) -> None:  # noqa: FBT001 - a parameter
    path = tmp_path / "many.xml"
    path.write_text(delivery(3000, is_turned=is_turned), encoding="utf-8")
    with source(path) as handed:
        _, *messages = read_in_child(handed)
    made = [record for one in messages if isinstance(one, Batch) for record in one.records]
    assert [record.key for record in made] == [f"xsozial:K{number}" for number in range(3000)]
    for number, record in enumerate(made):
        titles = [one["value"]["occupation"]["title"] for one in record.entries if one["kind"] == "goals.occupation"]
        assert titles == [f"Z{number}"]

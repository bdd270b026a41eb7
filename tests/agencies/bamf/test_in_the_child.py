"""Messages are translated where nothing can be opened and little can be held."""

from contextlib import closing
from pathlib import Path

import pytest

from adapters.contract import Record, Survey
from adapters.engine.messages import Batch
from adapters.engine.reading import Source, read
from tests.agencies.bamf.samples import ANSWER, SAMPLES, record


def carried(path: Path) -> tuple[Survey, list[Record]]:
    with path.open("rb") as file, closing(read(Source(path.name, file.fileno(), "bamf", is_for_test=True))) as parts:
        survey, *batches = parts
    assert isinstance(survey, Survey)
    return survey, [one for batch in batches if isinstance(batch, Batch) for one in batch.records]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_translated_in_the_child_as_outside(path: Path) -> None:
    """What it needs it has loaded before it was confined."""
    survey, found = carried(path)
    expected = record(path.read_bytes())
    assert survey == Survey(1, "090000000000")
    assert [(one.key, one.digest, list(one.entries)) for one in found] == [
        (expected.key, expected.digest, list(expected.entries))
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "ISO-8859-1", "windows-1252"])
def test_each_encoding_is_known_in_the_child(encoding: str, tmp_path: Path) -> None:
    text = ANSWER.read_text(encoding="utf-8").replace('encoding="UTF-8"', f'encoding="{encoding}"')
    (tmp_path / "file").write_bytes(text.encode(encoding))
    _, (found,) = carried(tmp_path / "file")
    assert found.digest == record(ANSWER.read_bytes()).digest


def test_a_file_far_larger_than_a_batch_is_carried_whole(tmp_path: Path) -> None:
    body = ANSWER.read_bytes().partition(b"-->\n")[2]
    (tmp_path / "file").write_bytes(b"<nachrichten>" + body * 400 + b"</nachrichten>")
    survey, found = carried(tmp_path / "file")
    assert survey.records == len(found) == 400

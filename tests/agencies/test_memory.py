"""A file five times as large takes no more memory, in any style; measured in the confined child itself."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from adapters.contract import Survey
from adapters.engine.messages import Batch
from adapters.engine.reading import Source, read
from tests.agencies import stated

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = "/proc/{}/status"
#: Every file is surveyed to its end, and so many records of it are read; the child waits to be asked for more.
READ_RECORDS = 100


@dataclass(frozen=True, slots=True)
class Style:
    """How a large file is made of a sample: some of it is repeated with another number each time."""

    sample: str
    number: bytes  #: of the person in the sample
    repeated: tuple[bytes, ...]  #: patterns, in the order they stand there
    persons: int
    remembered_bytes: int = 0  #: of each person until the end of the file, to see whether she comes twice
    around: tuple[bytes, bytes] | None = None  #: what stands once; None: what does in the sample

    def file(self, folder: Path, persons: int) -> Path:
        """Write a file of so many persons."""
        content = next(path for path in stated.SAMPLES if path.name.startswith(self.sample)).read_bytes()
        path, at = folder / f"{persons}.file", 0
        with path.open("wb") as file:
            for pattern in self.repeated:
                several = list(re.finditer(pattern, content, re.DOTALL))
                file.write(self.around[0] if self.around else content[at : several[0].start()])
                one = several[0][0]
                file.writelines(one.replace(self.number, b"K%09d" % number) for number in range(persons))
                at = several[-1].end()
            file.write(self.around[1] if self.around else content[at:])
        return path


SEVERAL = (b"<nachrichten>", b"</nachrichten>")
STYLES = {
    "profiles": Style("ba_01", b"10001-215500001234567890-B", (rb"{\n.*\n}\n",), 8000),
    "messages": Style("bamf_01", b"150923481207", (rb"<xauslaender:AZR.*Stil>",), 3000, around=SEVERAL),
    "entitlements": Style("jc_03", b"674A561777", (rb"<xauslaender:BerD.*100001>",), 4000, around=SEVERAL),
    "deliveries": Style(
        "jc_01",
        b"343C218870",
        (rb"<xsozial:Person>.*?</xsozial:Person>", rb"<xsozial:Qualifikation .*?</xsozial:Qualifikation>"),
        8000,
        500,
    ),
    "rows": Style("jc_02", b"674A559031", (rb"67748;.*?2026\r\n",), 30_000, 150),
}


def peak_kilobytes(path: Path, style: Style, persons: int) -> int:
    """Return the most memory a child ever had that surveyed a file and read its beginning."""
    adapter = stated.KINDS[style.sample.partition("_")[0]]
    with path.open("rb") as file, closing(read(Source(path.name, file.fileno(), adapter, is_for_test=True))) as parts:
        first = next(parts)
        assert isinstance(first, Survey)
        assert first.records == persons
        for records in counted(part for part in parts if isinstance(part, Batch)):
            if records >= READ_RECORDS:
                break
        (child,) = (one for one in psutil.Process().children() if "adapters.engine.child" in one.cmdline())
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(STATUS.format(child.pid)).read_text())
        assert found
        return int(found[1])


def counted(batches: Iterator[Batch]) -> Iterator[int]:
    records = 0
    for batch in batches:
        assert not batch.refused
        records += len(batch.records)
        yield records


@pytest.mark.skipif(not Path(STATUS.format("self")).exists(), reason="only Linux tells how much memory there ever was")
@pytest.mark.parametrize("name", STYLES)
def test_a_larger_file_takes_no_more_memory(name: str, tmp_path: Path) -> None:
    style = STYLES[name]
    small, large = style.persons // 5, style.persons
    files = [style.file(tmp_path, persons) for persons in (small, large)]
    grown_bytes = files[1].stat().st_size - files[0].stat().st_size
    assert grown_bytes > 6_000_000
    few, many = (peak_kilobytes(path, style, persons) for path, persons in zip(files, (small, large), strict=True))
    remembered_kilobytes = (large - small) * style.remembered_bytes / 1024
    assert many - few < grown_bytes / 2048 + remembered_kilobytes, (
        "half of what was added: two of the same differ by less"
    )

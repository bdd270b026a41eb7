"""Every style says when its office wrote a record, so that an older one never takes a newer one's place."""

from __future__ import annotations

from pathlib import Path

import pytest

import adapters.sandbox
from adapters import catalogue
from adapters.contract import Record
from adapters.engine.inbound import checked
from registry.casework.receiving import Received

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"


@pytest.mark.parametrize(
    ("name", "sample", "moments"),
    [
        ("ba", "ba_01_*", {"2026-02-18T08:31:07.000000"}),
        ("bamf", "bamf_01_*", {"2026-02-11T07:14:22.513000"}),
        ("bamf", "bamf_02_*", {"2026-03-02T05:00:03.004000"}),
        ("bamf", "bamf_03_*", {"2026-01-20T12:41:55.120000"}),
        ("jobcenter", "jc_01_*", {"2026-02"}),
        ("jobcenter", "jc_02_*", {"2026-02-12", "2026-02-19", "2026-02-23"}),
        ("jobcenter", "jc_03_*", {"2026-02-23"}),
    ],
)
def test_a_record_says_when_it_was_written(name: str, sample: str, moments: set[str]) -> None:
    (path,) = SAMPLES.glob(sample)
    with path.open("rb") as file:
        records = list(catalogue.find(name).read(file, endpoint_is_test=True))
    found = [checked(record) for record in records if isinstance(record, Record)]
    assert {record.stated_at for record in found if isinstance(record, Received)} == moments

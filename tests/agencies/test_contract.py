"""One suite over all adapters: what the engine relies on, whoever wrote the adapter."""

import io
from pathlib import Path

import pytest

import adapters.sandbox
from adapters import catalogue
from adapters.contract import AgencyAdapter, PermanentError, Record, RefusedFileError
from adapters.engine.inbound import checked
from registry.casework.receiving import Received
from schemas.vocabularies.access import AgencyKind

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
#: How the samples of an agency begin, where it is not with the adapter's name.
SHORT = {"jobcenter": "jc"}
CASES = [(name, path) for name in catalogue.names() for path in sorted(SAMPLES.glob(f"{SHORT.get(name, name)}_*"))]


@pytest.mark.parametrize("name", catalogue.names())
def test_an_adapter_has_the_name_it_is_found_by_and_a_known_kind(name: str) -> None:
    adapter: AgencyAdapter = catalogue.find(name)
    assert adapter.name == name
    assert AgencyKind(adapter.kind)


def test_a_missing_adapter_is_said_to_be_missing() -> None:
    with pytest.raises(PermanentError, match="installed are"):
        catalogue.find("nobody")


@pytest.mark.parametrize(("name", "path"), CASES, ids=lambda case: getattr(case, "name", case))
def test_a_survey_counts_what_is_read(name: str, path: Path) -> None:
    adapter = catalogue.find(name)
    with path.open("rb") as file:
        survey = adapter.survey(file, endpoint_is_test=True)
        assert len(list(adapter.read(file, endpoint_is_test=True))) == survey.records


@pytest.mark.parametrize(("name", "path"), CASES, ids=lambda case: getattr(case, "name", case))
def test_reading_again_gives_the_same_records(name: str, path: Path) -> None:
    adapter = catalogue.find(name)
    first, second = (list(adapter.read(io.BytesIO(path.read_bytes()), endpoint_is_test=True)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("name", "path"), CASES, ids=lambda case: getattr(case, "name", case))
def test_every_entry_is_one_that_can_be_stored(name: str, path: Path) -> None:
    for record in catalogue.find(name).read(io.BytesIO(path.read_bytes()), endpoint_is_test=True):
        assert isinstance(record, Record)
        assert isinstance(checked(record), Received)
        assert len(record.digest) == 32


@pytest.mark.parametrize("name", catalogue.names())
@pytest.mark.parametrize("content", [b"", b"\x00", b"\xff\xfe\x00", b"PK\x03\x04", b"%PDF-1.7"])
def test_what_is_no_file_of_an_agency_is_refused_whole(name: str, content: bytes) -> None:
    with pytest.raises(RefusedFileError):
        catalogue.find(name).survey(io.BytesIO(content), endpoint_is_test=True)

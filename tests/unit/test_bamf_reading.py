"""Files of BAMF: what counts as a message, what is refused whole, what is refused alone."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.bamf.mapping import ADAPTER
from adapters.contract import Record, Refused, RefusedFileError, Survey
from tests.agencies.bamf.samples import ANSWER, COURSES, REPORT, SAMPLES, item, message, record, records


def contained(*messages: bytes) -> bytes:
    bodies = (one[one.index(b"<x") :] for one in messages)
    return b"<nachrichten>\n" + b"\n".join(bodies) + b"\n</nachrichten>"


def refusal(content: bytes, *, endpoint_is_test: bool = True) -> RefusedFileError:
    with pytest.raises(RefusedFileError) as refused:
        ADAPTER.survey(io.BytesIO(content), endpoint_is_test=endpoint_is_test)
    return refused.value


def refused_record(content: bytes) -> Refused:
    (one,) = ADAPTER.read(io.BytesIO(content), endpoint_is_test=True)
    assert isinstance(one, Refused)
    return one


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_survey_names_the_office_that_wrote_the_message(path: Path) -> None:
    with path.open("rb") as file:
        assert ADAPTER.survey(file, endpoint_is_test=True) == Survey(1, "090000000000")


def test_messages_in_a_container_are_as_they_would_stand_alone() -> None:
    found = records(contained(*(path.read_bytes() for path in SAMPLES)))
    alone = [record(path.read_bytes()) for path in SAMPLES]
    assert [(one.key, one.entries, one.changes, one.digest) for one in found] == [
        (one.key, one.entries, one.changes, one.digest) for one in alone
    ]


def test_a_synthetic_message_is_refused_on_a_live_endpoint() -> None:
    for content in (ANSWER.read_bytes(), contained(message(""), REPORT.read_bytes())):
        assert refusal(content, endpoint_is_test=False).reason_code == "test.record"


def test_a_mark_on_the_container_marks_all_in_it() -> None:
    content = contained(message("")).replace(b"<nachrichten>", b'<nachrichten test="x">')
    assert refusal(content, endpoint_is_test=False).reason_code == "test.record"


def test_messages_of_several_offices_do_not_come_in_one_file() -> None:
    other = COURSES.read_bytes().replace(b"dbs:090000000000", b"dbs:777")
    assert refusal(contained(ANSWER.read_bytes(), other)).reason_code == "sender.several"


@pytest.mark.parametrize(
    "content",
    [
        b"<nachrichten/>",
        b"<a/>",
        message("", root="BerD.BerechtigungVerpflichtung.100001"),
        b"<nachrichten>x</nachrichten>",
    ],
)
def test_what_holds_no_message_of_bamf_is_refused(content: bytes) -> None:
    assert refusal(content).reason_code in {"file.empty", "message.unknown", "xml.malformed"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (message("", root="BAMFTGS.AuskunftKursteilnahme.080015"), "key.missing"),
        (message("<azrNummer>2</azrNummer>"), "key.missing"),
        (message("", number=" "), "key.missing"),
        (message("", number="1" * 61), "key.missing"),
        (message(item("") + item("")), "reference.twice"),
        (contained(message("", root="BerD.BerechtigungVerpflichtung.100001")), "message.unknown"),
        (
            message(
                "<arbeitsvermittlungsdaten><aenderungsArt><code>03</code></aenderungsArt></arbeitsvermittlungsdaten>",
                root="AZR.Meldung.Stil",
            ),
            "reference.missing",
        ),
    ],
)
def test_a_senseless_message_is_refused_alone(content: bytes, code: str) -> None:
    assert refused_record(content).code == code


def test_a_senseless_message_leaves_the_others_and_names_its_line() -> None:
    content = contained(message(""), message("", number=" "), message("", number="2"))
    first, second, third = ADAPTER.read(io.BytesIO(content), endpoint_is_test=True)
    assert isinstance(first, Record)
    assert isinstance(second, Refused)
    assert second.line == 3
    assert isinstance(third, Record)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_cut_anywhere_is_refused_whole(path: Path) -> None:
    whole = path.read_bytes().rstrip()
    for end in range(0, len(whole), 53):
        assert refusal(whole[:end]).line >= 1


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 6000), st.binary(min_size=1, max_size=6), st.sampled_from(SAMPLES))
def test_damage_is_refused_or_read_and_never_crashes(at: int, damage: bytes, path: Path) -> None:
    whole = path.read_bytes()
    at %= len(whole)
    with suppress(RefusedFileError):
        list(ADAPTER.read(io.BytesIO(whole[:at] + damage + whole[at + len(damage) :]), endpoint_is_test=True))


@pytest.mark.parametrize("encoding", ["utf-16", "ISO-8859-1", "windows-1252"])
def test_other_encodings_that_are_declared_say_the_same(encoding: str) -> None:
    text = COURSES.read_text(encoding="utf-8")
    again = text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
    assert record(again).entries == record(COURSES.read_bytes()).entries

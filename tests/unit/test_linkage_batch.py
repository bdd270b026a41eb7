"""Lists say what a single comparison says; bad ones are refused; the same lists give the same pairs."""

from __future__ import annotations

import csv
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from click.testing import CliRunner

from registry.bench import link as bench
from registry.folding.dates import birth_of
from registry.folding.identity import Identity, tokenized
from registry.folding.names import forms_of, reading_of
from registry.folding.places import place_words
from registry.folding.reading import number_of
from registry.linkage import blocking
from registry.linkage.batch.command import HEADER, grade_of, link, write_pairs
from registry.linkage.batch.comparing.counting import Counts
from registry.linkage.batch.comparing.grading import grades
from registry.linkage.batch.comparing.pairs import Comparing
from registry.linkage.batch.comparing.posterior import posterior
from registry.linkage.batch.lists.keys import keys_of
from registry.linkage.batch.lists.packer import Packer
from registry.linkage.batch.lists.packing import EXACT, PLACES, Merging
from registry.linkage.batch.lists.people import COLUMNS, SEXES, country_of
from registry.linkage.batch.lists.reading import ListRefused, read
from registry.linkage.comparison import weights
from registry.linkage.comparison.evidence import AT, FEATURES
from registry.linkage.comparison.frequency import Frequencies
from registry.linkage.comparison.model import MODEL, Model
from registry.linkage.score import KNOWN, LOOK, NEW, compare
from tests.identities import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from registry.linkage.batch.comparing.pairs import Evidence
    from registry.linkage.score import Comparison


Line: TypeAlias = tuple[str, ...]
#: Two offices' lines: given name, family name, sex, birth date, birth place, nationality, AZR number, phone.
FIRST = [
    ("Nadir Shah", "Barakzai", "m", "1979-06-21", "Herat", "AFG", "240101123456", "+49151"),
    ("Khalid Mansour", "Al Haddad", "m", "1985-01-01", "Halab", "SYR", "", ""),
    ("Rahwa", "Weldemikael", "f", "1996-02-17", "Asmara", "ERI", "176572424097", ""),
    ("Oleksandr Petrovych", "Bondarchuk", "m", "1990-00-00", "Kyiv", "UKR", "", "+491761234567"),
    ("Mohammad Mohammad", "Mohammadi", "m", "1990-01-01", "", "AFG", "", ""),
    ("Cabdiraxmaan", "Maxamed Cali", "m", "2000-10-30", "Muqdisho", "SOM", "", ""),
    ("", "Yilmaz", "f", "1973-40-18", "Syrien", "XXA", "", ""),
    ("Mohammad Reza", "Karimi", "m", "1988-03-00", "Mazar-e Sharif", "IR", "", ""),
    ("Ghassan", "Al-Ramli", "u", "", "Al Basrah al Qadimah", "IRQ", "166950679424", ""),
]
SECOND = [
    ("Nader", "Baraksai", "m", "1979-06-12", "Herāt", "AFG", "240101123465", "+49151"),
    ("Khaled", "El-Haddad", "m", "1986-01-01", "Aleppo", "SYR", "", ""),
    ("Rahwa Weldemichael", "Tesfagabir", "f", "1996-02-17", "", "ERI", "176572424098", ""),
    ("Alexander", "Bondartschuk", "m", "1991-12-31", "Kiew", "UKR", "", "+49176000"),
    ("Mohamad", "Muhammadi", "m", "1992-01-01", "Kabul", "AFG", "", ""),
    ("Abdirahman", "Mohamed", "m", "2010-10-30", "Hamar", "SOM", "", ""),
    ("Yilmaz", "", "m", "1973-04-18", "Adana", "TUR", "", ""),
    ("Mohammadreza", "Karimy", "m", "1988-03-01", "Mazar", "IR", "", ""),
    ("Ghasan Mohsen", "Ramli", "m", "1990-05-05", "Basra", "IRQ", "", ""),
    ("Nadir", "Barakza", "m", "1979-06-22", "Kabul", "AFG", "", ""),
]
BOTH = [*FIRST, *SECOND]
#: Further names to find people by: one borne twice, very many words, none at all.
MORE = [
    *BOTH,
    ("Ahmad", "Ahmed", "m", "1990-02-30", "Dimashq al Jadida", "", "", "491761"),
    (
        "Jean Chouaib Xhevat Michel Cemil Jwan",
        "von der Thcha Ghacho Xixo Cheche Jojo",
        "",
        "1991",
        "Choucha Jwx",
        "",
        "",
        "",
    ),
    ("", "", "", "1990-12-31", "Kyiv", "UA", "12345678901234567", ""),
]


def row(said: tuple[str, ...], number: int = 0) -> dict[str, str]:
    return dict(zip(COLUMNS, (f"R{number}", *said), strict=True))


def identity_of(row: Mapping[str, str]) -> Identity[str]:
    """Return what a line tells of as the counter knows people: the packer must say the same.

    Args:
        row: texts by COLUMNS. Dates are ISO; 00 stands for what is not known, and a month or day that no calendar has
            for a slip of the pen. Nationalities are ISO 3166 codes of two or three letters.
    """
    country = country_of(row["nationality"])
    reading = reading_of([country] if country else [])
    family, given = row["family_name"], row["given_name"]
    birth = birth_of(row["birth_date"], mistyped=True)
    sex = SEXES.get(row["sex"].strip().lower())
    numbers = (number_of(scheme, row[scheme]) for scheme in ("azr", "phone"))
    return Identity(
        forms=forms_of([(family, given)], reading) if family or given else (),
        births=() if birth is None else (birth,),
        sexes=() if sex is None else (sex,),
        nationalities=(country,) if country else (),
        places=place_words(row["birth_place"], reading)[:PLACES],
        numbers=tuple(number for number in numbers if number is not None),
    )


def tokens(said: tuple[str, ...]) -> Identity[int]:
    return tokenized(identity_of(row(said)), TOKEN)


def all_against_all(people_said: Sequence[tuple[str, ...]]) -> tuple[Evidence, list[Comparison]]:
    """Return the evidence of each with each in a list, and what the counter says of the same pairs."""
    identities = [tokens(said) for said in people_said]
    counted = Frequencies()
    for identity in identities:
        counted.add(identity)
    people, tables = Packer(TOKEN).pack([row(said) for said in people_said])
    counts = Counts.of([people], tables, guesses=(weights.YEAR_GUESS, weights.NATIONALITY_GUESS))
    doubled = Counts(counts.names, counts.places, counts.years, counts.countries, counts.nationalities * 2)
    one, other = (each.reshape(-1).astype(np.int32) for each in np.indices((len(identities), len(identities))))
    evidence = Comparing.of(people, people, tables=tables, counts=doubled).evidence((one, other))
    return evidence, [compare(left, right, counted) for left in identities for right in identities]


def test_every_pair_gets_the_same_bits_at_the_counter_and_in_a_list() -> None:
    """All against all, so that what does not fit is compared too."""
    evidence, expected = all_against_all(BOTH)
    start = MODEL.start_among(max(len(BOTH), weights.FEWEST_PEOPLE))
    bits = evidence.features @ np.array([MODEL.weights[name] for name in FEATURES]) + start
    assert np.abs(bits - np.array([each.bits for each in expected])).max() < 1e-3
    assert len({round(each.bits, 3) for each in expected}) > 80


def test_a_list_grades_as_the_counter_does_whatever_the_odds() -> None:
    """Twins, namesakes with other dates, names that many bear with a year alone, and shared numbers."""
    crowd = [("Mohammad", "Ahmadi", "m", f"{1960 + at}-01-01", "", "AFG", "", "") for at in range(30)] * 3
    twins = [(name, "Barakzai", "f", "1979-06-21", "Herat", "AFG", "", "") for name in ("Laila", "Shirin")]
    moved = [("Laila", "Barakzai", "f", "1983-11-02", "Herat", "AFG", azr, "") for azr in ("", "240101123456")]
    people_said = [*BOTH, *crowd[:60], *twins, *moved]
    evidence, expected = all_against_all(people_said)
    assert grades(evidence, np.array([each.bits for each in expected])).tolist() == [each.grade for each in expected]
    held_back = [each for each in expected if each.bits >= weights.KNOWN_BITS and each.grade == LOOK]
    assert {difference for each in held_back for difference in each.differences} >= {"given-name"}
    surely = grades(evidence, np.full(len(expected), 99.0))
    assert evidence.vague.any()
    assert KNOWN not in surely[evidence.vague]
    assert (
        KNOWN not in surely[evidence.features[:, AT["birth:other"]] * (1 - evidence.features[:, AT["azr:agrees"]]) > 0]
    )
    assert {each.grade for each in expected} == {KNOWN, LOOK, NEW}


def test_lines_meet_under_as_many_keys_in_a_list_as_at_the_counter() -> None:
    identities = [tokens(said) for said in MORE]
    people, tables = Packer(TOKEN).pack([row(said) for said in MORE])
    by_line = [_by_owner(*keys_of(people, tables, secret=5, asking=asking), len(MORE)) for asking in (False, True)]
    stored, asked = (
        [set(of(one, b"k" * 32)) for one in identities] for of in (blocking.keys_of, blocking.questions_of)
    )
    for at, there in product(range(len(MORE)), repeat=2):
        assert len(by_line[1][at] & by_line[0][there]) == len(asked[at] & stored[there]), (MORE[at], MORE[there])
    assert [len(some) for some in by_line[0]] == [len(some) for some in stored]


def _by_owner(keys: NDArray[np.int64], owners: NDArray[np.int32], people: int) -> list[set[int]]:
    return [set(keys[owners == at].tolist()) for at in range(people)]


def test_pieces_packed_one_by_one_are_as_if_packed_at_once() -> None:
    packer = Packer(TOKEN)
    lines = [row(said) for said in BOTH * 12]
    merging = Merging()
    for start in range(0, len(lines), 4):
        merging.add(*packer.pack(lines[start : start + 4]))
    people, whole = merging.whole()
    at_once, tables = packer.pack(lines)
    said, born = people.words >= 0, people.births >= 0
    assert (said == (at_once.words >= 0)).all()
    assert (whole.words[people.words[said]] == tables.words[at_once.words[said]]).all()
    assert (whole.births[people.births[born]] == tables.births[at_once.births[born]]).all()
    assert len(whole.words) == len(tables.words)
    assert (people.numbers == at_once.numbers).all()


def test_salted_names_have_other_tokens_in_each_year_and_are_compared_where_year_or_day_agrees() -> None:
    """Same year, a year before, another year with the same day and month, and nothing in common."""
    name = ("Nadir Shah", "Barakzai", "m")
    days = ("1979-06-21", "1980-06-21", "1960-06-21", "1960-03-02")
    lines = [row((*name, day, "Herat", "AFG", "", "")) for day in days]
    packer = Packer(TOKEN, salted=True)
    parts = [packer.pack(lines[:1]), packer.pack(lines, asking=True)]
    merging = Merging()
    for part in parts:
        merging.add(*part)
    people, tables = merging.whole()
    words = [set(tables.words[some[some >= 0], EXACT].tolist()) for some in people.words]
    assert words[0] == words[1]
    assert all(words[0].isdisjoint(some) for some in words[2:])
    left, right = people.split(1)
    counts = Counts.of([left, right], tables, guesses=(weights.YEAR_GUESS, weights.NATIONALITY_GUESS))
    pairs = np.zeros(4, np.int32), np.arange(4, dtype=np.int32)
    features = Comparing.of(left, right, tables=tables, counts=counts).features(pairs)
    assert features[:, AT["word:exact"]].tolist() == [3, 3, 3, 0]
    assert features[3, AT["names:0:0"]] == 0
    keys, owners = keys_of(left, tables, secret=1, asking=False)
    asked, askers = keys_of(right, tables, secret=1, asking=True)
    shared = [len(set(keys) & set(asked[askers == at])) for at in range(4)]
    assert shared[0] > shared[1] > 0 < shared[2]
    assert shared[3] == 0
    assert not owners.any()


def test_salted_lists_find_whom_others_find_where_dates_are_alike(tmp_path: Path) -> None:
    plain, salted = linked(tmp_path, FIRST, SECOND), linked(tmp_path, FIRST, SECOND, "--salted")
    certain = {tuple(line[:2]) for line in plain[1:] if float(line[2]) > 0.9}
    assert {("A0", "B0"), ("A7", "B7")} <= certain & {tuple(line[:2]) for line in salted[1:]}


def test_pairs_are_written_with_the_most_probable_first(tmp_path: Path) -> None:
    rows = linked(tmp_path, FIRST, SECOND)
    assert rows[0] == list(HEADER)
    by_asked: dict[str, list[float]] = {}
    for _, asked, probability, grade, _ in rows[1:]:
        assert float(probability) >= 0.01
        assert grade == grade_of(float(probability))
        by_asked.setdefault(asked, []).append(float(probability))
    assert all(some == sorted(some, reverse=True) and sum(some) <= 1.0001 for some in by_asked.values())
    assert ["A0", "B0"] in [line[:2] for line in rows[1:]]
    assert ["A7", "B7"] in [line[:2] for line in rows[1:]]
    assert ["A0", "B1"] not in [line[:2] for line in rows[1:]]


def test_twins_are_never_called_known_as_the_counter_would(tmp_path: Path) -> None:
    """Family name, birth date and place are alike, so that no sum of weights keeps them apart."""
    firsts = ["Laila", "Shirin", "Fatima", "Zainab", "Khadija", "Maryam", "Nadia", "Amina"]
    twins = [(name, "Barakzai", "f", "1979-06-21", "Herat", "AFG", "", "") for name in firsts]
    rows = linked(tmp_path, [*FIRST, *twins[:4]], [*SECOND, *twins[4:]])
    pairs = [line for line in rows[1:] if int(line[0][1:]) >= len(FIRST) and int(line[1][1:]) >= len(SECOND)]
    assert pairs
    assert {line[4] for line in pairs} <= {LOOK, NEW}
    assert ["A1", "B1", KNOWN] in [[*line[:2], line[4]] for line in rows[1:]]


def test_the_same_lists_give_the_same_pairs_with_any_number_of_processes(tmp_path: Path) -> None:
    first = linked(tmp_path, FIRST * 3, SECOND * 3)
    assert first == linked(tmp_path, FIRST * 3, SECOND * 3)
    assert first == linked(tmp_path, FIRST * 3, SECOND * 3, "--processes", "2")


def test_a_list_needs_no_more_than_ids_and_something_that_tells(tmp_path: Path) -> None:
    for name in "AB":
        (tmp_path / f"{name}.csv").write_text(f"given_name,rec_id,remark\nNadir Shah,{name}1,x\n", encoding="utf-8-sig")
    result = CliRunner().invoke(link, [*arguments(tmp_path)])
    assert result.exit_code == 0


def test_empty_lists_give_no_pairs(tmp_path: Path) -> None:
    assert linked(tmp_path, [], SECOND) == [list(HEADER)]
    assert linked(tmp_path, FIRST, []) == [list(HEADER)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1: no column rec_id"),
        (b"id,family_name\n", "line 1: no column rec_id"),
        (b"rec_id,sex\n", "line 1: nothing in it tells people apart"),
        (b"rec_id,family_name,family_name\n", "line 1: the column family_name is there twice"),
        (b"rec_id,family_name\n1,x\n2\n", "line 3: 1 fields where the first line has 2"),
        (b"rec_id,family_name\n1,x\n\n1,y\n", "line 4: rec_id 1 is there twice"),
        (b"rec_id,family_name\n,x\n", "line 2: rec_id is empty"),
        *(
            (f'rec_id,family_name\n1,x\n"{begin}1+1",y\n'.encode(), "a spreadsheet would take it for a formula")
            for begin in ("=", "+", "-", "@", "\t", "\r", "\n", " =", "＝")
        ),
        (b'rec_id,family_name\n1,"x\n', "line 2: unexpected end of data"),
        (b"rec_id,family_name\n1,M\xfcller\n", "not UTF-8"),
    ],
)
def test_a_bad_list_is_refused_with_line_and_reason_and_nothing_is_written(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "A.csv").write_bytes(content)
    written(tmp_path / "B.csv", "B", SECOND)
    result = CliRunner().invoke(link, arguments(tmp_path))
    assert isinstance(result.exception, ListRefused)
    assert reason in str(result.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A.csv", "B.csv"]


def test_ids_are_written_as_they_came(tmp_path: Path) -> None:
    """Whatever is not refused is the same for who reads the pairs by machine: commas, quotes, blanks, apostrophes."""
    ids = ["A,1", 'A"2', " A3", "'A4", "A=5", "Ä6", "7"]
    for name in "AB":
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("rec_id", "given_name", "family_name", "birth_date"))
            writer.writerows(
                (one, "Nadir Shah", f"Barakzai{at * 'n'}", f"19{70 + at}-06-21") for at, one in enumerate(ids)
            )
    assert CliRunner().invoke(link, arguments(tmp_path)).exit_code == 0
    with (tmp_path / "PAIRS.csv").open(encoding="utf-8", newline="") as lines:
        found = {(row["id_a"], row["id_b"]) for row in csv.DictReader(lines)}
    assert {(one, one) for one in ids} <= found


def test_no_text_of_a_list_is_among_what_is_compared() -> None:
    people, _ = Packer(TOKEN).pack([row(said) for said in BOTH])
    assert all(getattr(people, column).dtype.kind == "i" for column in type(people).__slots__)


def test_rivals_share_one_probability() -> None:
    questions = np.array([0, 0, 1], np.int32)
    found = posterior(np.array([5.0, 5.0, 5.0]), questions)
    assert found[0] == found[1] < 0.5 < found[2]
    assert posterior(np.array([800.0, 790.0, -900.0]), questions) == pytest.approx([1, 0, 0], abs=1e-4)


def test_grades_follow_the_probability() -> None:
    assert [grade_of(probability) for probability in (1.0, MODEL.known, 0.2, 0.02)] == [KNOWN, KNOWN, LOOK, NEW]


def test_odds_fall_with_the_number_of_people() -> None:
    assert MODEL.start_among(2 * MODEL.people) == pytest.approx(MODEL.start - 1)


def test_a_model_that_weighs_other_evidence_is_refused() -> None:
    with pytest.raises(ValueError, match="fit it anew"):
        Model.of('{"people": 1, "start": 0, "known": 0.5, "weights": {"shoe-size": 1}}')


@pytest.mark.parametrize(
    ("code", "country"), [("SYR", "SY"), ("sy", "SY"), (" UKR ", "UA"), ("XXA", None), ("XXX", None), ("", None)]
)
def test_countries_are_read_by_two_letters_or_three(code: str, country: str | None) -> None:
    assert country_of(code) == country


def test_lines_are_read_in_pieces_that_are_whole(tmp_path: Path) -> None:
    written(tmp_path / "A.csv", "A", FIRST * 1000)
    pieces = list(read(tmp_path / "A.csv"))
    assert len(pieces) > 1
    assert [one["rec_id"] for piece in pieces for one in piece] == [f"A{at}" for at in range(len(FIRST) * 1000)]


def linked(folder: Path, first: Sequence[Line], second: Sequence[Line], *more: str) -> list[list[str]]:
    written(folder / "A.csv", "A", first)
    written(folder / "B.csv", "B", second)
    result = CliRunner().invoke(link, [*arguments(folder), *more])
    assert result.exit_code == 0, result.output
    with (folder / "PAIRS.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def arguments(folder: Path) -> list[str]:
    return [str(folder / "A.csv"), str(folder / "B.csv"), "--out", str(folder / "PAIRS.csv")]


def written(path: Path, letter: str, people: Sequence[Line]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(COLUMNS)
        writer.writerows((f"{letter}{at}", *said) for at, said in enumerate(people))


def test_the_people_of_the_benchmark_are_recognised_better_than_by_a_join(tmp_path: Path) -> None:
    first, second, out = (tmp_path / name for name in ("A.csv", "B.csv", "PAIRS.csv"))
    bench.write_lists(first, second, 200)
    write_pairs(first, second, out, processes=1)
    right, wrong = bench.judged(out)
    found, joined = bench.joined(first, second)
    assert right >= 95
    assert 50 < joined < right
    assert wrong <= found - joined <= 2, "not by calling strangers one"

"""What the readers of official downloads refuse, with the line, and which of the publishers' quirks they take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registry.vocabulary import importing
from registry.vocabulary.concepts import Contents, Label, MalformedFileError, Node, Role
from schemas.vocabularies.terms import Relation, Scheme

if TYPE_CHECKING:
    from pathlib import Path

ESCO = "http://data.europa.eu/esco"
ONE, OTHER = f"{ESCO}/skill/{'0' * 8}-0000-4000-8000-{'0' * 12}", f"{ESCO}/skill/{'1' * 8}-0000-4000-8000-{'0' * 12}"
SKILLS = (
    "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status,modifiedDate,scopeNote,"
    "definition,inScheme,description\n"
)
KLDB = "Schlüssel KldB 2010, V. 2020;Ebene;Titel;Kurztitel;Allgemeine Bemerkungen;Einschlüsse;Umfasst ferner;\n"
CROSSWALK = (
    '"KldB 2010\n(5-Steller)";Bezeichnungen;"ISCO-08\n(4-Steller)";Bezeichnungen der ISCO-08 (4-Steller);'
    '"Umstieg eindeutig (1);\nnicht eindeutig (0)";"Schwerpunkt (1) und \nAnzahl der Alternativen"\n'
)


def skill(uri: str, name: str, *, alternatives: str = "", changed: str = "2024", kind: str = "knowledge") -> str:
    """Return one row of skills_en.csv."""
    return f'KnowledgeSkillCompetence,{uri},{kind},cross-sector,{name},"{alternatives}",,released,{changed},,,,"text"\n'


def read(folder: Path, name: str, content: str | bytes, *, file: str = "skills_en.csv") -> Contents:
    """Write a file and read it."""
    path = folder / file
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return importing.read(name, [path])


def labels(contents: Contents) -> dict[str, list[Label]]:
    return {concept.code: list(concept.labels) for concept in contents.concepts}


def test_esco_names_stand_in_a_line_each(tmp_path: Path) -> None:
    found = read(tmp_path, "esco-skills", SKILLS + skill(ONE, "use a saw", alternatives="saw\nsaw wood"))
    assert labels(found)[ONE] == [
        Label("en", "use a saw", Role.PREFERRED),
        Label("en", "saw", Role.ALTERNATIVE),
        Label("en", "saw wood", Role.ALTERNATIVE),
    ]


def test_a_concept_that_stands_twice_with_another_date_is_one(tmp_path: Path) -> None:
    found = read(tmp_path, "esco-skills", SKILLS + skill(ONE, "saw") + skill(ONE, "saw", changed="2025"))
    assert found.read == 2
    assert labels(found) == {ONE: [Label("en", "saw", Role.PREFERRED)]}


def test_a_language_without_a_name_keeps_the_concept(tmp_path: Path) -> None:
    found = read(tmp_path, "esco-skills", SKILLS + skill(ONE, ""), file="skills_uk.csv")
    assert (found.languages, labels(found)) == (("uk",), {ONE: []})


def test_two_languages_of_one_concept_are_joined(tmp_path: Path) -> None:
    for language, name in (("en", "saw"), ("de", "sägen")):
        (tmp_path / f"skills_{language}.csv").write_text(SKILLS + skill(ONE, name), encoding="utf-8")
    found = importing.read("esco-skills", [tmp_path / "skills_en.csv", tmp_path / "skills_de.csv"])
    assert [label.text for label in labels(found)[ONE]] == ["saw", "sägen"]


MALFORMED_SKILLS = {
    "a missing column": (SKILLS.replace("preferredLabel,", "") + skill(ONE, "saw"), 1, "preferredLabel"),
    "half a row": (SKILLS + skill(ONE, "saw") + f"KnowledgeSkillCompetence,{OTHER},knowl", 3, "3 cells"),
    "a row that is too long": (SKILLS + skill(ONE, "saw").replace("text", 'text",more,"and'), 2, "cells"),
    "a quote that never ends": (SKILLS + skill(ONE, "saw") + f'KnowledgeSkillCompetence,{OTHER},"kno', 3, "end"),
    "a code twice": (SKILLS + skill(ONE, "saw") + skill(OTHER, "drill") + skill(ONE, "plane"), 4, "line 2 already"),
    "a code of wrong shape": (SKILLS + skill(ONE, "saw") + skill(f"{ESCO}/skill/saw", "saw"), 3, "no URI"),
    "another type of concept": (
        SKILLS + skill(ONE, "saw").replace("KnowledgeSkillCompetence", "SkillGroup"),
        2,
        "type",
    ),
    "an English concept without name": (SKILLS + skill(ONE, ""), 2, "preferredLabel is empty"),
    "a name like a book": (SKILLS + skill(ONE, "saw " * 200), 2, "characters"),
    "no row at all": (SKILLS, 0, "nothing"),
    "an empty file": ("", 1, "No header"),
}


@pytest.mark.parametrize("what", MALFORMED_SKILLS)
def test_a_malformed_esco_file_is_refused_with_its_line(tmp_path: Path, what: str) -> None:
    content, line, reason = MALFORMED_SKILLS[what]
    with pytest.raises(MalformedFileError, match=reason) as refused:
        read(tmp_path, "esco-skills", content)
    assert (refused.value.line, refused.value.file) == (line, "skills_en.csv")


def test_another_encoding_is_refused_with_the_line_of_its_first_letter(tmp_path: Path) -> None:
    content = (SKILLS + skill(ONE, "saw") + skill(OTHER, "sägen")).encode("cp1252")
    with pytest.raises(MalformedFileError, match="not encoded in utf-8") as refused:
        read(tmp_path, "esco-skills", content)
    assert refused.value.line == 3


def test_a_text_of_two_bytes_a_letter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedFileError, match="UTF-8"):
        read(tmp_path, "kldb-2010", (KLDB + "1;1;Agrar;;;;;\n").encode("utf-16"), file="kldb.csv")


def test_a_file_name_without_language_needs_one_said(tmp_path: Path) -> None:
    with pytest.raises(MalformedFileError, match="--language"):
        read(tmp_path, "esco-skills", SKILLS + skill(ONE, "saw"), file="skills.csv")
    assert importing.read("esco-skills", [tmp_path / "skills.csv"], language="en").languages == ("en",)


def test_files_of_two_editions_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "skills_en.csv").write_text(SKILLS + skill(ONE, "saw"), encoding="utf-8")
    (tmp_path / "skills_de.csv").write_text(SKILLS + skill(ONE, "Säge", kind="skill/competence"), encoding="utf-8")
    with pytest.raises(MalformedFileError, match="one edition") as refused:
        importing.read("esco-skills", [tmp_path / "skills_en.csv", tmp_path / "skills_de.csv"])
    assert refused.value.file == "skills_de.csv"


def test_the_edition_is_read_from_the_portals_folder(tmp_path: Path) -> None:
    folder = tmp_path / "ESCO dataset - v1.2.0 - classification - en - csv"
    folder.mkdir()
    assert read(folder, "esco-skills", SKILLS + skill(ONE, "saw")).edition == "1.2.0"


@pytest.mark.parametrize("line", [f"SkillGroup,{ONE},SkillGroup,{ONE}", f"Occupation,{ONE},Occupation,{OTHER}"])
def test_a_relation_between_the_wrong_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(MalformedFileError) as refused:
        read(tmp_path, "esco-skill-relations", f"conceptType,conceptUri,broaderType,broaderUri\n{line}\n")
    assert refused.value.line == 2


def test_kldb_codes_get_back_the_zero_a_spreadsheet_took(tmp_path: Path) -> None:
    rows = "0;1;Militär;;;;;\n1;2;Streitkräfte;;;;;\n11;3;Offiziere;;;;;\n110;4;Offiziere;;;;;\n1104;5;Offiziere;;;;;\n"
    found = read(tmp_path, "kldb-2010", KLDB + rows, file="kldb.csv")
    assert list(labels(found)) == ["0", "01", "011", "0110", "01104"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_kldb_comes_from_spreadsheets_of_any_kind(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Notes above the header, BA's letter before the code, entities of HTML."""
    title = '"Land-&nbsp;und Tierwirtschaft"'
    rows = [["Klassifikation der Berufe 2010"], [""], ["KldB 2010", "Titel"], ["B 1", title], ["B 11", "Gärtner"]]
    content = "\r\n".join(map(delimiter.join, rows)).encode(encoding)
    found = read(tmp_path, "kldb-2010", content, file="kldb.csv")
    assert {code: [label.text for label in names] for code, names in labels(found).items()} == {
        "1": ["Land- und Tierwirtschaft"],
        "11": ["Gärtner"],
    }


MALFORMED_KLDB = {
    "a missing column": (KLDB.replace(";Titel", ";X") + "1;1;Agrar;;;;;\n", 1, "title"),
    "half a row": (KLDB + "1;1;Agrar;;;;;\n11;2", 3, "2 cells"),
    "a code twice": (KLDB + "1;1;Agrar;;;;;\n1;1;Agrar;;;;;\n", 3, "line 2 already"),
    "a code of the wrong level": (KLDB + "1;1;Agrar;;;;;\n11;3;Garten;;;;;\n11;5;Garten;;;;;\n", 4, "on level 5"),
    "letters for a code": (KLDB + "1;1;Agrar;;;;;\nXI;2;Garten;;;;;\n", 3, "no code"),
    "a missing title": (KLDB + "1;1;;;;;;\n", 2, "title is missing"),
    "a code that hangs in the air": (KLDB + "1;1;Agrar;;;;;\n121;3;Garten;;;;;\n", 0, "lies within 12"),
}


@pytest.mark.parametrize("what", MALFORMED_KLDB)
def test_a_malformed_kldb_file_is_refused_with_its_line(tmp_path: Path, what: str) -> None:
    content, line, reason = MALFORMED_KLDB[what]
    with pytest.raises(MalformedFileError, match=reason) as refused:
        read(tmp_path, "kldb-2010", content, file="kldb.csv")
    assert refused.value.line == line


def test_mixed_encodings_are_refused_and_not_guessed(tmp_path: Path) -> None:
    content = KLDB.encode("cp1252") + "1;1;Gärten;;;;;\n".encode()
    with pytest.raises(MalformedFileError, match="not encoded"):
        read(tmp_path, "kldb-2010", content, file="kldb.csv")


def test_titles_are_read_out_of_the_classifications_export(tmp_path: Path) -> None:
    listed = "Zugeordnete Berufe (Beispiele):  25212-191 Kfz-Mechaniker/in  25212-122 Mechatroniker/in - Pkw"
    found = read(tmp_path, "kldb-2010-titles", f"{KLDB}25212;5;Kfz;;;;{listed};\n", file="kldb.csv")
    assert [(one.code, one.parent, one.labels[0].text) for one in found.concepts] == [
        ("25212-191", "25212", "Kfz-Mechaniker/in"),
        ("25212-122", "25212", "Mechatroniker/in - Pkw"),
    ]


def test_titles_of_a_list_without_numbers_are_known_by_their_words(tmp_path: Path) -> None:
    content = "Stand 2024;\nBerufsbenennungen;KldB-2010 (5-Steller)\nBäcker/in;29222\nOffizier/in;1104\n"
    found = read(tmp_path, "kldb-2010-titles", content, file="titel.csv")
    assert [(one.code, one.parent) for one in found.concepts] == [
        ("29222/backer in", "29222"),
        ("01104/offizier in", "01104"),
    ]


@pytest.mark.parametrize("row", ["Bäcker/in;2922", "Bäcker/in;X2922", ";29222;", "--;29222"])
def test_a_title_without_code_or_words_is_refused_or_left_out(tmp_path: Path, row: str) -> None:
    with pytest.raises(MalformedFileError):
        read(tmp_path, "kldb-2010-titles", f"Berufsbenennungen;KldB 2010 (5-Steller)\n{row}\n", file="titel.csv")


def test_steps_to_isco_say_which_is_the_main_one(tmp_path: Path) -> None:
    rows = "11101;;9211;;0;1\n11101;;9213;;0;2\n01104;;110;;1;1\n"
    found = read(tmp_path, "kldb-isco-crosswalk", f"Umsteiger;;;;;\n;;;;;\n{CROSSWALK}{rows}", file="umsteiger.csv")
    assert {(start.code, end.code): relation for (start, end), relation in found.steps.items()} == {
        ("11101", "9211"): Relation.FOCUS,
        ("11101", "9213"): Relation.ALTERNATIVE,
        ("01104", "0110"): Relation.ONLY,
    }
    assert next(iter(found.steps)) == (Node(Scheme.KLDB, "11101"), Node(Scheme.ISCO, "9211"))


@pytest.mark.parametrize("row", ["1110;;9211;;0;1", "11101;;921;;0;1", "11101;;9211;;x;1", "11101;;9211;;1;1\n" * 2])
def test_a_step_that_is_none_is_refused(tmp_path: Path, row: str) -> None:
    """A code that is too short gets no zero: it would name another occupation."""
    with pytest.raises(MalformedFileError):
        read(tmp_path, "kldb-isco-crosswalk", f"{CROSSWALK}{row}\n", file="umsteiger.csv")


@pytest.mark.parametrize(
    ("rows", "line"),
    [("1,1,Managers,x\n1,1,Managers,x\n", 3), ("2,7,Managers,x\n", 2), ("1,1,,x\n", 2), ("5,11111,Managers,x\n", 2)],
)
def test_a_malformed_isco_file_is_refused_with_its_line(tmp_path: Path, rows: str, line: int) -> None:
    with pytest.raises(MalformedFileError) as refused:
        read(tmp_path, "isco-08", f"Level,ISCO 08 Code,Title EN,Definition\n{rows}", file="isco.csv")
    assert refused.value.line == line

"""A Jobcenter's three styles in our words: what becomes which entry, and what is refused or never held."""

import io
from pathlib import Path
from typing import Any

import pytest

import adapters.sandbox
from adapters.contract import Record, Refused, RefusedFileError, Survey
from adapters.jobcenter.mapping import ADAPTER

SAMPLES = Path(adapters.sandbox.__file__).parent / "samples"
MONTHLY = (SAMPLES / "jc_01_xsozial_monatsmeldung.xml").read_text(encoding="utf-8")
ROWS = (SAMPLES / "jc_02_zkt_export.csv").read_bytes().decode("cp1252")
ENTITLEMENT = (SAMPLES / "jc_03_berd_berechtigung_100001.xml").read_text(encoding="utf-8")
HEADER = ROWS.split("\r\n")[0]


def results(content: str, *, encoding: str = "utf-8") -> list[Record | Refused]:
    return list(ADAPTER.read(io.BytesIO(content.encode(encoding)), endpoint_is_test=True))


def records(content: str, *, encoding: str = "utf-8") -> list[Record]:
    made = results(content, encoding=encoding)
    assert all(isinstance(one, Record) for one in made), made
    return [one for one in made if isinstance(one, Record)]


def row(**cells: str) -> str:
    """Return a file of one row: a person with only these cells beside office, number, name and birth date."""
    cells = {"Traeger": "67748", "KdNr": "674A559031", "Name": "Muster", "GebDat": "24.05.1998"} | cells
    columns = [*HEADER.split(";"), *(name for name in cells if name not in HEADER.split(";"))]
    quoted = ['"' + cells.get(column, "").replace('"', '""') + '"' for column in columns]
    return ";".join(columns) + "\r\n" + ";".join(quoted) + "\r\n"


def person(**cells: str) -> Record:
    (made,) = records(row(**cells), encoding="cp1252")
    return made


def values(record: Record, kind: str) -> list[dict[str, Any]]:
    return [entry["value"] for entry in record.entries if entry["kind"] == kind]


def kept(record: Record) -> dict[str, Any]:
    return {value["path"]: value["content"] for value in values(record, "unmapped.path")}


def refusal(content: str | bytes, *, endpoint_is_test: bool = True) -> tuple[int, str]:
    data = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(RefusedFileError) as caught:
        ADAPTER.survey(io.BytesIO(data), endpoint_is_test=endpoint_is_test)
    if caught.value.reason_code != "file.empty":
        with pytest.raises(RefusedFileError):
            list(ADAPTER.read(io.BytesIO(data), endpoint_is_test=endpoint_is_test))
    return caught.value.line, caught.value.reason_code


def test_each_style_has_keys_of_its_own_so_that_it_is_an_appearance_of_its_own() -> None:
    assert [one.key for one in records(MONTHLY)] == ["xsozial:343C218870", "xsozial:343C301154"]
    assert [one.key for one in records(ROWS, encoding="cp1252")] == [
        "csv:674A559031",
        "csv:674A560118",
        "csv:674A561777",
    ]
    assert [one.key for one in records(ENTITLEMENT)] == ["berd:674A561777"]
    assert person(KdNr="", AktZ="SGB2-1").key == "csv:SGB2-1"


@pytest.mark.parametrize(
    ("content", "encoding", "survey"),
    [
        (MONTHLY, "utf-8", Survey(2, "34348")),
        (ROWS, "cp1252", Survey(3, "67748")),
        (ROWS, "utf-8-sig", Survey(3, "67748")),
        (ENTITLEMENT, "utf-8", Survey(1, "67748")),
    ],
)
def test_a_survey_counts_and_names_the_sender(content: str, encoding: str, survey: Survey) -> None:
    assert ADAPTER.survey(io.BytesIO(content.encode(encoding)), endpoint_is_test=True) == survey


def test_windows_1252_and_marked_utf_8_say_the_same() -> None:
    assert records(ROWS, encoding="cp1252") == records(ROWS, encoding="utf-8-sig")


def test_unmarked_utf_8_is_refused_because_it_would_spoil_names() -> None:
    assert refusal(ROWS.encode())[1] == "encoding"


def test_columns_are_found_by_name_in_any_order() -> None:
    lines = [line.split(";") for line in row(Vorname="Ada", Niv1="B1", Sprache1="Deutsch").split("\r\n") if line]
    turned = "".join(";".join(reversed(line)) + "\r\n" for line in lines)
    (made,) = records(turned, encoding="cp1252")
    assert made == person(Vorname="Ada", Niv1="B1", Sprache1="Deutsch")


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("B1", {"scale": "cefr", "code": "B1", "cefr": "B1"}),
        ("MS", {"scale": "jobcenter-text", "code": "MS", "cefr": None}),
        ("FG", {"scale": "jobcenter-text", "code": "FG", "cefr": None}),
        ("gut", {"scale": "jobcenter-text", "code": "gut", "cefr": None}),
    ],
)
def test_only_a_level_of_cefr_becomes_one(level: str, expected: dict[str, Any]) -> None:
    """samples/README.md: keep (scale, code, CEFR or null, evidence)."""
    (language,) = values(person(Sprache1="Deutsch", Niv1=level), "languages.language")
    assert language["levels"] == [{"skill": "overall"} | expected]


def test_kurdish_alone_names_no_language() -> None:
    (language,) = values(person(Sprache1="Kurdisch", Niv1="MS"), "languages.language")
    assert (language["language"], language["as_said"]) == (None, "Kurdisch")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Eritrea", [{"status": "known", "country": "ER"}]),
        ("syrien", [{"status": "known", "country": "SY"}]),
        ("ungeklärt", [{"status": "unclear"}]),
        ("staatenlos", [{"status": "stateless"}]),
        ("", []),
        ("Kongo", []),
    ],
)
def test_unclear_stateless_and_missing_are_three_things(word: str, expected: list[dict[str, Any]]) -> None:
    made = person(StaatsA=word)
    assert values(made, "identity.nationality") == expected
    assert ("/csv/StaatsA" in kept(made)) == (word == "Kongo")


@pytest.mark.parametrize(
    ("said", "date", "is_suspected"),
    [
        ("24.05.1998", "1998-05-24", False),
        ("01.01.1990", "1990-01-01", True),
        ("00.03.1987", "1987-03", False),
        ("03.1987", "1987-03", False),
        ("00.00.1987", "1987", False),
        ("1987", "1987", False),
    ],
)
def test_a_birth_date_is_kept_as_far_as_it_is_known(said: str, date: str, is_suspected: bool) -> None:  # noqa: FBT001 - a row of the table
    expected = [{"date": date, "placeholder_suspected": is_suspected}]
    assert values(person(GebDat=said), "identity.birth-date") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Allg. IK Modul 5", {"type": "integration"}),
        ("BSK B2 abgeschlossen", {"type": "job-german", "target_level": "B2", "status": "completed"}),
        ("BSK B2 nicht abgeschlossen", {"type": "job-german"}),
        ("DTZ B1 (bestanden)", {"type": "integration", "result_level": "B1"}),
        ("DTZ B1 (nicht bestanden)", {"type": "integration"}),
        ("Alphakurs läuft", {"type": "literacy", "status": "ongoing"}),
        ("Nähkurs", {"type": "other"}),
    ],
)
def test_a_course_says_only_what_its_words_say(text: str, expected: dict[str, Any]) -> None:
    assert values(person(IntKurs=text), "pathway.course") == [{"as_said": text} | expected]


@pytest.mark.parametrize("number", ["8222", "822", "2822a", "028222"])
def test_a_key_of_an_occupation_that_is_not_whole_is_left_and_never_repaired(number: str) -> None:
    made = person(KldB=number, Beruf_Text="Soldat")
    assert values(made, "work.experience") == [{"occupation": {"title": "Soldat"}}]
    assert kept(made)["/csv/KldB"] == number


def test_a_leading_zero_of_an_occupation_stays() -> None:
    assert values(person(KldB="01104"), "work.experience") == [{"occupation": {"kldb": "01104"}}]


def test_several_needs_are_several_entries() -> None:
    made = person(Bedarf="Anerkennung Ausbildung; BSK B1;\nStaplerschein")
    assert values(made, "needs.recognition") == [{"text": "Anerkennung Ausbildung"}]
    assert values(made, "needs.language") == [{"text": "BSK B1", "target_level": "B1"}]
    assert values(made, "needs.training") == [{"text": "Staplerschein"}]


@pytest.mark.parametrize(
    ("text", "licences"),
    [
        ("B", [{"type": "driving", "code": "B", "holds": True}]),
        ("B, C1", [{"type": "driving", "code": one, "holds": True} for one in ("B", "C1")]),
        ("nein", [{"type": "driving", "holds": False}]),
        ("-", []),
        ("Stapler", []),
    ],
)
def test_a_dash_says_nothing_and_no_says_no(text: str, licences: list[dict[str, Any]]) -> None:
    made = person(FS=text)
    assert values(made, "skills.licence") == licences
    assert ("/csv/FS" in kept(made)) == (not licences)


def test_mapped_entries_hold_since_the_day_of_the_row() -> None:
    made = person(Stand="12.02.2026", Schule="Klasse 10")
    assert {entry.get("valid_from") for entry in made.entries if entry["kind"] != "unmapped.path"} == {"2026-02-12"}
    assert kept(person(Stand="gestern"))["/csv/Stand"] == "gestern"


def test_a_cell_that_spreadsheets_would_calculate_is_read_without_its_apostrophe() -> None:
    assert values(person(Bedarf="'=SUM(A1)"), "needs.training") == [{"text": "=SUM(A1)"}]
    assert values(person(Bedarf="''+49"), "needs.training") == [{"text": "'+49"}]
    assert values(person(Bedarf="'\xa0 =1+1"), "needs.training") == [{"text": "=1+1"}]
    assert values(person(Name="'s Gravesande"), "identity.name")[0]["family"] == "'s Gravesande"


def test_unknown_columns_are_kept_and_forbidden_ones_dropped() -> None:
    made = person(Lieblingsfarbe="blau", Religion="canary", Schwerbehinderung="canary")
    assert kept(made)["/csv/Lieblingsfarbe"] == "blau"
    assert "canary" not in repr(made)
    assert {left.path for left in made.unmapped if not left.kept} == {"/csv/Religion", "/csv/Schwerbehinderung"}
    assert made.digest == person(Lieblingsfarbe="blau").digest


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"KdNr": "", "AktZ": ""}, "key.missing"),
        ({"Name": "", "Vorname": ""}, "person.unreadable"),
        ({"GebDat": "31.02.1990"}, "person.unreadable"),
        ({"Einmal_Angaben": "{}"}, "extension.malformed"),
        ({"Art": "Behinderung"}, "record.forbidden"),
    ],
)
def test_a_row_without_what_it_needs_is_refused_alone(cells: dict[str, str], code: str) -> None:
    (made,) = results(row(**cells), encoding="cp1252")
    assert isinstance(made, Refused)
    assert (made.line, made.code) == (2, code)


def test_a_row_of_another_width_is_refused_with_its_line_and_counted() -> None:
    lines = ROWS.split("\r\n")
    lines[2] += ";zuviel"
    content = "\r\n".join(lines)
    made = results(content, encoding="cp1252")
    assert [(one.line, one.code) for one in made if isinstance(one, Refused)] == [(3, "row.width")]
    assert ADAPTER.survey(io.BytesIO(content.encode("cp1252")), endpoint_is_test=True).records == 3


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (ROWS.replace("KdNr", "Nummer").encode("cp1252"), 1, "csv.header"),
        (ROWS.replace("BGNr", "KdNr").encode("cp1252"), 1, "csv.header"),
        (ROWS[:-2].encode("cp1252"), 4, "csv.truncated"),
        (ROWS.replace('BSK B1"', "BSK B1").encode("cp1252"), 2, "csv.truncated"),
        (ROWS.replace("Klasse 10", 'Klasse "10').encode("cp1252") + b'"', 5, "csv.truncated"),
        (ROWS.replace("67748;SGB2-2026-00140", "34348;SGB2-2026-00140").encode("cp1252"), 4, "sender.several"),
        (ROWS.replace("674A561777", "674A559031").encode("cp1252"), 4, "key.duplicate"),
        (ROWS.encode("cp1252").replace(b"Hassan", b"H\x81ssan"), 4, "encoding"),
        (ROWS.encode("cp1252").replace(b"Hassan", b"H\0ssan"), 4, "encoding"),
        ((HEADER + "\r\n").encode(), 1, "file.empty"),
    ],
)
def test_rows_that_are_not_what_they_should_be_are_refused_whole(content: bytes, line: int, code: str) -> None:
    assert refusal(content) == (line, code)


def test_a_level_stated_by_a_test_is_a_certificate() -> None:
    first, second = records(MONTHLY)
    certificates = [values(one, "languages.language")[0]["certificates"] for one in (first, second)]
    assert [one[0]["name"] for one in certificates] == ["Zertifikat", "DTZ"]
    assert values(first, "languages.language")[0]["levels"] == []
    (own,) = values(records(MONTHLY.replace('quelle="DTZ"', 'quelle="Selbstauskunft"'))[1], "languages.language")
    assert own["levels"][0]["cefr"] == "A2"
    assert own["certificates"] == []


def test_keys_of_a_monthly_delivery_stay_beside_their_words() -> None:
    (school,) = values(records(MONTHLY)[0], "education.school")
    assert school == {
        "as_said": "Abitur / Hochschulreife",
        "reported": [{"scheme": "xsozial-schulabschluss", "code": "5"}],
    }


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("475", [{"status": "known", "country": "SY"}]),
        ("997", [{"status": "stateless"}]),
        ("998", [{"status": "unclear"}]),
        ("999", []),
        ("159", [{"status": "unclear"}]),
    ],
)
def test_keys_of_states_that_ended_are_unclear_and_kept(code: str, expected: list[dict[str, Any]]) -> None:
    made = records(MONTHLY.replace(">475<", f">{code}<"))[0]
    assert values(made, "identity.nationality") == expected
    assert ("/Person/Staatsangehoerigkeit" in kept(made)) == (code in {"999", "159"})


def test_a_delivery_holds_for_its_month() -> None:
    mapped = [entry for entry in records(MONTHLY)[0].entries if entry["kind"] != "unmapped.path"]
    assert {entry["valid_from"] for entry in mapped} == {"2026-02"}


def test_qualifications_are_joined_in_any_order_and_strays_are_refused_alone() -> None:
    rows = MONTHLY.split("    <xsozial:Qualifikation kundennummer")
    last, end = rows[2].split("  </xsozial:Modul>")
    tag = "    <xsozial:Qualifikation kundennummer"
    turned = f"{rows[0]}{tag}{last}{tag}{rows[1]}  </xsozial:Modul>{end}"
    assert {one.key: one.entries for one in records(turned)} == {one.key: one.entries for one in records(MONTHLY)}
    stray = MONTHLY.replace('kundennummer="343C301154"', 'kundennummer="343C000000"')
    made = results(stray)
    assert [one.code for one in made if isinstance(one, Refused)] == ["person.missing"]
    assert ADAPTER.survey(io.BytesIO(stray.encode()), endpoint_is_test=True).records == len(made) == 3


def test_another_module_is_kept_with_its_person() -> None:
    more = '<xsozial:Modul nr="X"><xsozial:Extra kundennummer="343C218870"><xsozial:A>1</xsozial:A></xsozial:Extra>'
    made = records(MONTHLY.replace("</xsozial:Datenlieferung>", more + "</xsozial:Modul></xsozial:Datenlieferung>"))
    assert kept(made[0])["/Extra"] == {"A": "1"}
    assert not any(path.startswith("/Extra") for path in kept(made[1]))


SENDER = MONTHLY[MONTHLY.index("  <xsozial:Absender>") : MONTHLY.index('  <xsozial:Modul nr="P"')]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (MONTHLY.replace("343C301154", "343C218870"), "key.duplicate"),
        (MONTHLY.replace("<!-- SYNTHETIC", '<!DOCTYPE x [<!ENTITY e "x">]><!-- SYNTHETIC'), "xml.doctype"),
        (MONTHLY.replace("urn:beispiel:xsozial-stil:1", "urn:anders"), "xml.namespace"),
        (MONTHLY.replace(SENDER, "").replace("</xsozial:Datenl", SENDER + "</xsozial:Datenl"), "xsozial.order"),
        (MONTHLY.replace(SENDER, SENDER + SENDER.replace("34348", "11111")), "sender.several"),
        (MONTHLY[: MONTHLY.index('  <xsozial:Modul nr="P"')] + "</xsozial:Datenlieferung>", "file.empty"),
        ("<foo/>", "xml.unknown"),
        ("<nachrichten/>", "file.empty"),
    ],
)
def test_deliveries_that_are_not_what_they_should_be_are_refused_whole(content: str, code: str) -> None:
    assert refusal(content)[1] == code


def test_an_entitlement_keeps_codes_that_nobody_explained() -> None:
    (made,) = records(ENTITLEMENT)
    (value,) = values(made, "pathway.entitlement")
    assert value["target_level"] == "B2"
    assert value["legal_circle"] == "sgb-2"
    assert value["is_repeater"] is False
    assert value["valid_until"] == "2026-05-31"
    assert "status" not in value
    assert {"scheme": "berd-berechtigungsart", "code": "PLATZHALTER"} in value["reported"]
    forms = [(one["form"], one["family"]) for one in values(made, "identity.name")]
    assert forms == [("current", "Hassan"), ("variant", "Hesen"), ("variant", "HASAN")]


@pytest.mark.parametrize(
    ("module", "level"), [("016", "A2"), ("031", "B1"), ("046", "B2"), ("001", None), ("047", None)]
)
def test_only_modules_that_were_seen_have_a_target(module: str, level: str | None) -> None:
    (value,) = values(records(ENTITLEMENT.replace(">046<", f">{module}<"))[0], "pathway.entitlement")
    assert value.get("target_level") == level
    assert {"scheme": "berd-modul", "code": module} in value["reported"]


@pytest.mark.parametrize("content", [MONTHLY, ENTITLEMENT, row(Test="SYNTHETISCH")])
def test_a_test_file_is_for_test_systems_only(content: str) -> None:
    """samples/README.md: `SYNTHETISCH` must be refused by any endpoint that is not for tests."""
    assert refusal(content, endpoint_is_test=False)[1] == "test.record"


@pytest.mark.parametrize("content", [MONTHLY, ENTITLEMENT])
@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_xml_is_read_in_the_encoding_it_declares(content: str, encoding: str) -> None:
    other = content.replace("…", "...").replace('encoding="UTF-8"', f'encoding="{encoding}"')
    assert [one.entries for one in records(other, encoding=encoding)] == [one.entries for one in records(content)]


BESIDE = '{"complete":false,"entries":[%s],"fields":null}'


def test_our_own_column_cannot_carry_what_may_never_be_held() -> None:
    entry = '{"kind":"unmapped.path","value":{"path":"%s","content":"canary"}}'
    made = person(Einmal_Angaben=BESIDE % ",".join(entry % path for path in ("/csv/Religion", "/csv/Farbe")))
    assert kept(made)["/csv/Farbe"] == "canary"
    assert "/csv/Religion" not in kept(made)


@pytest.mark.parametrize(
    "beside",
    [
        "[]",
        "{",
        BESIDE % "1",
        BESIDE % '{"kind":"x"}',
        BESIDE % '{"kind":1,"value":{}}',
        '{"complete":true,"entries":[],"fields":null}',
    ],
)
def test_our_own_column_holds_what_we_write_or_the_row_is_refused(beside: str) -> None:
    (made,) = results(row(Einmal_Angaben=beside), encoding="cp1252")
    assert isinstance(made, Refused)
    assert made.code == "extension.malformed"


def test_messages_of_two_offices_in_one_file_are_refused() -> None:
    one = ENTITLEMENT[ENTITLEMENT.index("<xauslaender:BerD") :]
    assert len(records(f"<nachrichten>{one}{one}</nachrichten>")) == 2
    other = one.replace(">67748<", ">34348<")
    assert refusal(f"<nachrichten>{one}{other}</nachrichten>")[1] == "sender.several"
    assert refusal(f"<nachrichten>{one}<andere/></nachrichten>")[1] == "xml.unknown"

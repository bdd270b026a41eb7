"""Messages that hypothesis makes up: right, half right and odd ones, of all three styles."""

from xml.sax.saxutils import escape

from hypothesis import strategies as st

from tests.agencies.bamf.samples import message

TEXT = st.text(st.characters(codec="utf-8", categories=("Lu", "Ll", "Lo", "Nd", "Zs", "Po", "Sm", "Cf")), max_size=20)
WORD = st.text("abcXYZ äöü019-", min_size=1, max_size=12).map(str.strip).filter(bool)
STATES = st.sampled_from(["475", "423", "000", "997", "998", "999", "159", "185", "000000", "SY"])
DATES = st.sampled_from(["1990", "1990-01", "1990-01-01", "14.03.1990", "2015-02-31", "0000", "", "später"])


def element(name: str, content: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return content.map(lambda text: f"<{name}>{text}</{name}>")


def plain(name: str, content: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[str]:
    return element(name, content.map(escape))


def coded(name: str, codes: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    label = st.just("") | plain("name", WORD)
    inner = st.tuples(plain("code", codes), label).map("".join)
    uri = st.sampled_from(["", ' listURI="urn:x"', ' listURI="urn:x" listVersionID="1"'])
    return st.tuples(uri, inner).map(lambda both: f"<{name}{both[0]}>{both[1]}</{name}>") | plain(name, codes)


def dated(name: str) -> st.SearchStrategy[str]:
    known = st.sampled_from(["jahr", "jahrMonat", "jahrMonatTag"])
    return st.tuples(known, DATES).map(lambda both: f"<{name}><{both[0]}>{both[1]}</{both[0]}></{name}>") | plain(
        name, DATES
    )


def some(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(part | st.just("") for part in parts)).map("".join)


NAME = plain("name", WORD | TEXT)
STATE = element("staat", plain("code", STATES))
BASICS = some(
    coded("geschlecht", st.sampled_from("mwdxz")),
    dated("geburtsdatum"),
    plain("geburtsort"),
    element("staatsangehoerigkeit", STATE),
    element("staatsangehoerigkeit", STATE),
    plain("religion"),
    plain("familienstand"),
)
PERSON = some(
    element("familienname", NAME),
    element("vornamen", NAME),
    element("abweichendeNamensschreibweise", NAME),
    element("abweichendeNamensschreibweise", element("familienname", NAME)),
    element("geburtsname", NAME),
    BASICS,
)
FACTS = some(
    coded("arbeitsvermittlungsdatenArt", st.sampled_from(["01", "02", "03", "04", "05", "06"])),
    coded("anerkennung", st.sampled_from(["01", "02", "06", "09"])),
    dated("beginn"),
    dated("ende"),
    element("dauer", some(plain("monate", st.sampled_from(["24", "7", "024", "x"])), plain("jahre", st.just("2")))),
    coded("beruf", st.sampled_from(["25212", "2", "252123", "Koch"])),
    coded("schulart", st.sampled_from(["40", "3", "99"])),
    coded("schulabschluss", st.sampled_from(["08", "01", "77"])),
    coded("sprache", st.sampled_from(["ara", "ger", "kur", "de", "xyz"])),
    coded("gradDerSprachkenntnis", st.sampled_from(["01", "04", "99", "B1"])),
    element("staat", STATE),
    plain("bemerkung"),
)
META = some(
    plain("loeschdatum", st.sampled_from(["2033-09-30", "2033-02-30", "30.09.2033", "2033"])),
    plain("meldendeBehoerde", st.sampled_from(["090804", "A, letzteAenderung B", "x" * 90])),
    plain("letzteAenderung", st.sampled_from(["2016-03-03", "2016-03-03T10:00:00+01:00"])),
)
REFERENCES = st.lists(st.sampled_from(["AVD-1", "AVD-2", "AVD-3", ""]), max_size=4, unique=True)


def referenced(reference: str, inside: str) -> str:
    known = f"<referenz.id>{reference}</referenz.id>" if reference else ""
    return f"<arbeitsvermittlungsdaten>{inside}{known}</arbeitsvermittlungsdaten>"


def items(facts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(REFERENCES, st.lists(facts, min_size=4, max_size=4)).map(
        lambda drawn: "".join(map(referenced, drawn[0], drawn[1]))
    )


def answered(parts: tuple[str, str, str]) -> bytes:
    return message(f"<grundpersonalien>{parts[0]}</grundpersonalien>{parts[1]}<notiz>{escape(parts[2])}</notiz>")


def reported(parts: tuple[str, list[tuple[str, str]]]) -> bytes:
    person, changes = parts
    body = f"<grundpersonalien>{person}</grundpersonalien>"
    for act, facts in changes:
        new = f"<arbeitsvermittlungsdaten.fachdaten.neu>{facts}</arbeitsvermittlungsdaten.fachdaten.neu>"
        body += referenced("AVD-1", f"<aenderungsArt><code>{act}</code></aenderungsArt>{new}")
    return message(body, root="AZR.Meldung.Stil")


ANSWERS = st.tuples(PERSON, items(st.tuples(FACTS, META).map("".join)), TEXT).map(answered)
REPORTS = st.tuples(
    PERSON, st.lists(st.tuples(st.sampled_from(["01", "02", "03", "04", "05", "09"]), FACTS), max_size=3)
).map(reported)

TEST = element(
    "datenAbschlusstestSprache",
    some(
        coded("abschlusstestart", st.sampled_from(["DTZ", "telc"])),
        coded("gesamtergebnis", st.sampled_from(["unter A2", "A2", "B1", "B2", "bestanden"])),
        coded("ergebnisHoeren", st.sampled_from(["190", "194", "196", "200"])),
        plain("fertigkeitHoeren", st.sampled_from(["20 von 25", "x" * 40])),
        plain("fertigkeitLesen", st.sampled_from(["7 von 20"])),
        dated("testdatum"),
    ),
)
SECTION = element(
    "kursabschnittsdaten",
    some(
        plain("kursabschnitt", st.sampled_from(["1", "2", "01", "77"])),
        plain("beginn", DATES),
        plain("ende", DATES),
        plain("unterrichtsstunden", st.sampled_from(["100", "0", "99999"])),
        plain("ort"),
    ),
)
COURSE = element(
    "kursanmeldedaten",
    some(
        coded("kursart", st.sampled_from(["1", "4", "5", "21", "24", "88"])),
        plain("anmeldedatum", DATES),
        element(
            "einstufungstest", some(plain("datum", DATES), plain("empfehlung", st.sampled_from(["A", "Blindenkurs"])))
        ),
    ),
)
COURSE_DATA = some(element("personalien", BASICS), st.just("")).flatmap(
    lambda person: some(COURSE, COURSE, SECTION, SECTION, TEST, TEST, plain("geschaeftszeichen")).map(
        lambda body: message(
            f"<identifikation><bamfkennziffer>BK1-2</bamfkennziffer>{person}</identifikation>{body}",
            root="BAMFTGS.AuskunftKursteilnahme.080015",
        )
    )
)

"""Profiles in BA's form that hypothesis makes up: known fields with right, odd and wrong content, and unknown ones."""

from typing import Any

from hypothesis import strategies as st

WORD = st.text(st.characters(whitelist_categories=("Lu", "Ll", "Lo", "Nd")), min_size=1, max_size=12)
CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | WORD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORD, inner, max_size=4),
    max_leaves=15,
)
_DAY = st.sampled_from(["2017-06-24", "2017", "2019-09", "24.06.2017", "2017-02-30", "", "gestern"])
_TITLE = st.sampled_from(["Koch/Köchin", "Pflegefachmann/-frau (Ausbildung)", " Maurer ", "", "x" * 301]) | WORD
_COUNTRY = st.sampled_from(["SYR", "DEU", "UKR", "Syrien", "XXX", ""])


def _made_of(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields, and sometimes one that nobody knows."""
    return st.fixed_dictionaries({}, optional=parts | {"seit": CONTENT})


LANGUAGE = _made_of(
    bezeichnung=st.sampled_from(["Deutsch", "Kurdisch", "Arabisch", "Kurdisch (Sorani)", "Xyz", "x (y) (z)", ""]),
    auspraegung=st.sampled_from(
        ["Grundkenntnisse", "Erweiterte Kenntnisse", "Verhandlungssicher", "Muttersprache", "Sehr gut", ""]
    ),
    zusatz=st.sampled_from(["Sorani", "x" * 99, " ", "(Dialekt)"]),
    nachweis=_made_of(
        art=st.sampled_from(["DTZ", ""]), ger=st.sampled_from(["B1", "B1+", "b1"]), datum=_DAY, punkte=CONTENT
    )
    | CONTENT,
)
PERSON = st.fixed_dictionaries(
    {"familienname": WORD},
    optional={
        "vorname": WORD | st.none(),
        "geburtsdatum": st.sampled_from(["1990-03-14", "1990-01-01", "1990", ""]),
        "geschlecht": st.sampled_from(["MAENNLICH", "WEIBLICH", "ANDERS", ""]),
        "staatsangehoerigkeit": st.sampled_from(["SYR", "UKR", "XXA", "XXX", "Syrien"]),
        "plz": WORD | CONTENT,
        "ort": WORD | CONTENT,
        "religion": CONTENT,
    },
)
EDUCATION = _made_of(
    art=st.sampled_from(["SCHULE", "STUDIUM", "BERUFSAUSBILDUNG", "WEITERBILDUNG", "X"]),
    bezeichnung=_TITLE,
    von=_DAY,
    bis=_DAY,
    land=_COUNTRY,
    abschluss=st.sampled_from(["OHNE", "HAUPTSCHULABSCHLUSS", "HOCHSCHULREIFE", "MASTER", "KEIN_ABSCHLUSS", "X", ""]),
    hochschule=WORD,
    anabin=st.sampled_from(["H+", "H"]),
    zabZeugnisbewertung=_DAY,
    inDeutschlandAnerkannt=st.sampled_from(["JA", "NEIN", "IN_PRUEFUNG", "NICHT_BEKANNT", "X", ""]),
    hauptDkz=st.sampled_from(["25212-191", "25212", "2521"]),
)
JOB = _made_of(
    hauptDkz=st.sampled_from(["25212-191", "25212", "2521", 25212]),
    bezeichnung=_TITLE,
    kldb=st.sampled_from(["25212", "99999", "abc", ""]),
    von=_DAY,
    bis=_DAY,
    land=_COUNTRY,
    anforderungsniveau=st.sampled_from(["1", "4", "5", 2]),
)
_GRADE = st.sampled_from(["Grundkenntnisse", "Erweiterte Kenntnisse", "Expertenkenntnisse", "basic", "Meister", " "])
SKILLS = _made_of(
    hierarchieName=st.sampled_from(["Kfz", "EDV", ""]),
    auspraegungen=st.dictionaries(_GRADE, st.lists(WORD | CONTENT, max_size=3), max_size=3) | CONTENT,
)
NEED = _made_of(
    schluesselgruppe=st.sampled_from(["QUALIFIKATION", "SPRACHE", "RAHMENBEDINGUNGEN", "MOTIVATION", "GESUNDHEIT"]),
    text=WORD,
)
MYSKILLS = _made_of(
    referenzberuf=_TITLE,
    datum=_DAY,
    handlungsfelder=st.lists(_made_of(name=WORD, stufe=st.sampled_from([0, 4, "2", 5])) | CONTENT, max_size=3),
)
MOBILITY = _made_of(
    fuehrerscheine=st.lists(st.sampled_from(["B", "CE", " "]) | CONTENT, max_size=3),
    umkreisKm=st.sampled_from([0, 30, "30", 1001, -1]),
)
STATUS = _made_of(
    arbeitsuchendSeit=_DAY, arbeitslosSeit=_DAY, ausbildungsuchend=st.booleans(), profillage=WORD | CONTENT
)


def _with_unknown(known: dict[str, Any], unknown: dict[str, Any]) -> dict[str, Any]:
    return unknown | known


PROFILES = st.builds(
    _with_unknown,
    st.fixed_dictionaries(
        {"refnr": WORD, "person": PERSON},
        optional={
            "kundennummer": WORD | st.integers(0, 9999),
            "sprachkenntnisse": st.lists(LANGUAGE, max_size=4) | CONTENT,
            "stand": st.sampled_from(["2026-02-18T09:31:07+01:00", "gestern", ""]) | CONTENT,
            "berufspraxis": st.lists(JOB | CONTENT, max_size=4) | CONTENT,
            "ausbildungen": st.lists(EDUCATION, max_size=3) | CONTENT,
            "zielberufe": st.lists(JOB, max_size=3) | CONTENT,
            "fertigkeiten": st.lists(SKILLS, max_size=3) | CONTENT,
            "staerken": st.lists(WORD | CONTENT, max_size=3) | CONTENT,
            "mobilitaet": MOBILITY | CONTENT,
            "handlungsbedarfe": st.lists(NEED, max_size=3) | CONTENT,
            "myskills": MYSKILLS | CONTENT,
            "bewerberstatus": STATUS | CONTENT,
            "rechtskreis": st.sampled_from(["SGB II", "SGB XII"]) | CONTENT,
            "gesundheit": CONTENT,
        },
    ),
    st.dictionaries(WORD, CONTENT, max_size=5),
)

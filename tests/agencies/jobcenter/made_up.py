"""Rows of a case-work system that hypothesis makes up: right, odd and wrong cells, known and unknown columns."""

import csv
import io

from hypothesis import strategies as st

WORD = st.text(st.characters(codec="cp1252", categories=("Lu", "Ll", "Nd")), min_size=1, max_size=12)
LEVEL = st.sampled_from(["A1", "B2", "C2", "MS", "FG", "gut", "-", ""])
LANGUAGE = st.sampled_from(["Deutsch", "Kurdisch", "Tigrinisch", "Qwertz", "-", ""])
CELLS = st.fixed_dictionaries(
    {"Traeger": st.just("67748"), "KdNr": WORD, "Name": WORD},
    optional={
        "AktZ": WORD,
        "Vorname": WORD,
        "GebDat": st.sampled_from(["24.05.1998", "01.01.1990", "-", ""]),
        "StaatsA": st.sampled_from(["Eritrea", "Syrien", "Kongo", "staatenlos", "ungeklärt", "-"]),
        "AZRNr": WORD,
        "Schule": st.sampled_from(["Klasse 10", "Klasse 99", "Hochschulreife", "-", "a\nb"]),
        "Berufsabschl": st.sampled_from(["ohne", "Master (Ausland)", "kein anerk. Abschl.", "Geselle", "-"]),
        "Anerk": st.sampled_from(["läuft", "nein", "-", "vielleicht"]),
        "KldB": st.sampled_from(["28222", "8222", "01104", "x"]),
        "Beruf_Text": WORD,
        "Sprache1": LANGUAGE, "Niv1": LEVEL, "Sprache2": LANGUAGE, "Niv2": LEVEL, "Sprache3": LANGUAGE, "Niv3": LEVEL,
        "IntKurs": st.sampled_from(["BSK B2 abgeschlossen", "DTZ B1 (bestanden)", "-", "x" * 400]) | WORD,
        "FS": st.sampled_from(["B", "B, C1", "nein", "-", "Stapler", "B, B"]),
        "EDV": st.sampled_from(["ja", "nein", "etwas"]),
        "Bedarf": st.sampled_from(["BSK B1; Anerkennung", "=1+1; -; +2", ";", "a;\nb", "x" * 1001]) | WORD,
        "Stand": st.sampled_from(["12.02.2026", "heute", "2026"]),
        "Notiz": WORD | st.just("@SUM"),
        "Einschätzung": WORD,
    },
)  # fmt: skip


def file_of(cells: dict[str, str]) -> bytes:
    names = sorted({"Traeger", "AktZ", "KdNr", "Name", "Vorname", "GebDat"} | cells.keys())
    made = io.StringIO()
    writer = csv.writer(made, delimiter=";", lineterminator="\r\n")
    writer.writerow(names)
    writer.writerow([cells.get(name, "") for name in names])
    return ("\ufeff" + made.getvalue()).encode()

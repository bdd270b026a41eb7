"""Words by which a free text tells what the registry may never hold (design, section 1), German and English.

A list of words finds what is said plainly and misses what is said otherwise. It holds whole words, beginnings and
parts of words; a compound that ends like an occupation or a subject of training (Altenpfleger, Suchtberater,
Traumapädagogik) is none of them, and words that usually name one are not in it at all: Gesundheit, Medizin, Arzt,
Klinik, Physiotherapie, Kirche. Left out for the same reason is what mostly means something else: "sucht" (she seeks),
"verfolgt" (he pursues), names of languages. It is meant for texts about a person, not for names of occupations,
trainings, skills and employers.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

_WHOLE = {
    "health": (
        "reha", "gdb", "mde", "krank", "kranke", "kranker", "krankes", "krebs", "hiv", "aids", "ptbs", "ptsd", "adhs",
        "adhd", "blind", "blinde", "blinder", "taub", "taube", "tauber", "attest", "medikamente", "medikation",
        "schmerzen", "therapie", "prothese", "hoergeraet", "trauma", "burnout", "mutterschutz", "stillzeit",
        "rollstuhl", "gehhilfe", "sick", "sickness", "therapy", "deaf", "tumor", "chronic", "verletzt", "verletzungen",
        "cancer", "drogen", "handicap", "dialyse",
    ),
    "religion": (
        "christ", "christin", "christen", "jude", "juedin", "juden", "sunni", "shia", "hindu", "bahai", "getauft",
        "taufe", "gebet", "gebetszeiten", "kopftuch", "moschee", "ramadan", "mosque",
    ),
    "ethnicity": (
        "clan", "rasse", "roma", "sinti", "kurde", "kurdin", "kurden", "hazara", "paschtune", "paschtunin", "pashtun",
        "rohingya", "tribe", "tribal", "racial",
    ),
    "asylum grounds": ("folter", "gefoltert", "torture", "tortured", "fgm", "deserteur"),
    "travel route": ("schleuser", "smuggler", "smugglers", "schlauchboot"),
}  # fmt: skip
_BEGINNINGS = {
    "health": (
        "reham", "rehab", "rehakl", "rehasp", "rehave", "rehaan", "rehatr", "chronisch", "kriegsverletz",
        "verletzungsbed", "allergi", "sehgeschaedigt", "hoergeschaedigt", "sehschwaech", "injur", "disease",
        "medication", "wheelchair", "krankgeschr", "krankschr", "krankmeld", "krankengeld",
        "krankenstand", "krankenhausaufenthalt",
        "klinikaufenthalt", "pflegegrad", "pflegestufe", "pflegebeduerftig", "entbindungst", "autis",
        "rueckenschmerz", "rueckenleid", "rueckenprobl", "bandscheib", "suchtberat", "suchtprobl", "suchtther",
        "drogenab", "drogenprobl", "drogenkons", "alkoholab", "alkoholprobl", "alkoholsucht", "traumather",
        "amtsarzt", "amtsaerzt", "multiplesklerose", "maternity", "gesundheitlich", "gesundheitszustand",
        "gesundheitsprobl", "gesundheitsbeschwerd", "gesundheitseinschraenk",
    ),
    "religion": ("glaubens", "kirchensteuer", "kirchenmitglied", "ezid"),
    "ethnicity": ("stammeszugeh",),
    "asylum grounds": ("zwangsrekrut", "zwangsverheirat", "zwangsheirat", "genitalverst", "kriegsdienstverw"),
    "travel route": ("smuggl",),
}  # fmt: skip
_PARTS = {
    "health": (
        "behinder", "schwanger", "krankheit", "erkrank", "psychisch", "psychosoz", "psychosom", "psychiatr",
        "psychother", "psychose", "seelisch", "traumatis", "depress", "angststoer", "schizophren", "suizid",
        "panikattack", "diabet", "asthma", "epilep", "chemotherap", "rheuma", "demenz", "hepatitis", "tuberkul",
        "schlaganfall", "herzinfarkt", "amputi", "amputat", "gehoerlos", "schwerhoer", "taubstumm", "querschnittgel",
        "querschnittsgel", "legasthen", "dyskalkul", "migraene", "suchtkrank", "suchtmittel", "erwerbsminder",
        "erwerbsunfaeh", "arbeitsunfaeh", "berufsunfaeh", "dienstunfaeh", "leistungseinschr", "leistungsgemind",
        "disab", "illness", "pregnan", "parkinson",
    ),
    "religion": (
        "religi", "konfession", "muslim", "moslem", "islam", "jesid", "jezid", "yezid", "yazidi", "alevit",
        "schiit", "shiit", "sunnit", "buddhis", "atheis", "christent", "christianity", "ahmadiyya", "hinduis",
        "judentum", "katholik", "protestant",
    ),
    "ethnicity": ("ethni", "volkszugeh", "volksgruppe", "hautfarbe", "abstammung"),
    "asylum grounds": ("asylgrund", "asylgruend", "fluchtgrund", "fluchtgruend", "fluchtursach", "persecut"),
    "travel route": ("fluchtroute", "fluchtweg", "balkanroute", "mittelmeerroute"),
}  # fmt: skip
#: Where none of these stands, no phrase does.
_IN_PHRASES = (
    "aerztlich", "koerperlich", "mental", "health", "diagnos", "burn", "katholisch", "evangelisch", "christlich",
    "juedisch", "orthodox", "christian", "verfolg", "flucht", "flohen", "fled", "gefluechtet", "asylum", "route",
    "mittelmeer", "einreise", "gereist", "verletzung",
)  # fmt: skip
#: What makes "Evangelische …" the name of an institution.
_INSTITUTIONS = (
    "kita", "kinder", "schul", "akademie", "bildung", "stiftung", "jugend", "werk", "kranken", "klinik", "universit",
    "hochschul", "fakult", "verband", "verein", "sozial", "familien", "traeger", "diakon", "caritas", "wohlfahrt",
)  # fmt: skip
_PHRASES = {
    "health": re.compile(
        r"\baerztlich\w* (?:attest|gutachten|dienst|untersuch|behandl)|\bkoerperlich\w* (?:nicht|ein(?:ge)?schraenk)"
        r"|\bmental (?:health|illness)|\bhealth (?:condition|problem|issue|restrict|reason|impair)"
        r"|\bdiagnose [a-z][0-9]{2}|\bburn out\b|\bverletzung\b(?! (?:der|des|von)\b)"
    ),
    "religion": re.compile(
        r"\b(?:katholisch|evangelisch|christlich|juedisch|orthodox)\w*\b"
        rf"(?! (?:und \w+ )?\w*(?:{'|'.join(_INSTITUTIONS)}))|\b(?:is|a) christian\b"
    ),
    "asylum grounds": re.compile(
        r"\bpolitisch\w* verfolg|\bverfolgt wegen\b|\bwegen \w+ verfolg|\bverfolgung (?:wegen|durch|aus)\b"
        r"|\b(?:flucht|geflohen|gefluechtet) (?:vor|wegen|weil)\b|\bfled (?:from|because|due)\b"
        r"|\b(?:asylum grounds?|grounds? (?:for|of) asylum)\b"
    ),
    "travel route": re.compile(
        r"\b(?:flucht|geflohen|gefluechtet|eingereist|einreise) (?:ueber|via)\b|\bfled (?:via|through)\b"
        r"|\b(?:balkan|mediterranean|escape|travel) route\b|\bueber (?:das|die) mittelmeer"
    ),
}
#: How words end that name occupations, subjects and trainings.
_OCCUPATIONS = re.compile(
    r"(?:pfleg(?:e|er|erin|erinnen|ehelfer\w*|efach\w*|eausbildung|ehilfe)|helfer(?:in|innen)?|schwester|tenhilfe|pflegehilfe|musik\w*"
    r"|assisten(?:t|tin|z)|therapeut(?:in|innen)?|berater(?:in|innen)?|betreuer(?:in|innen)?|begleiter(?:in|innen)?"
    r"|paedagog\w+|lehrer(?:in|innen)?|lehre|wissenschaft\w*|kunde|technik(?:er|erin)?|akustik(?:er|erin)?|trainer(?:in)?"
    r"|fachkraft|fachwirt(?:in)?|management)\Z"
)


def told(text: str) -> str | None:
    """Return what of the forbidden a text tells, or None."""
    return _remembered(text) if len(text) <= _USUAL_LENGTH else _told(text)


@lru_cache(maxsize=16384)
def _remembered(text: str) -> str | None:
    return _told(text)


def _told(text: str) -> str | None:
    said = plain(text)
    words = (_of_word(word) if len(word) <= _USUAL_LENGTH else _judged(word) for word in said.split())
    found = next(filter(None, words), None)
    if found or not any(part in said for part in _IN_PHRASES):
        return found
    return next((what for what, phrase in _PHRASES.items() if phrase.search(said)), None)


def plain(text: str) -> str:
    """Return the words of a text without capitals, marks and signs, umlauts as two letters; a hyphen joins a word."""
    if text.isascii():
        composed = text.lower()
    else:
        composed = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
        composed = "".join(
            letter for letter in unicodedata.normalize("NFKD", composed) if unicodedata.category(letter) not in _DROPPED
        )
    return " ".join(_SIGNS.sub(" ", _HYPHENS.sub("", composed)).split())


#: In letters; longer words and texts are not remembered, so that they fill no memory.
_USUAL_LENGTH = 60
_DROPPED = frozenset({"Mn", "Cf"})
_HYPHENS = re.compile(r"(?<=\w)[-‐‑](?=\w)")
_SIGNS = re.compile(r"[\W_]+")


@lru_cache(maxsize=32768)
def _of_word(word: str) -> str | None:
    return _judged(word)


def _judged(word: str) -> str | None:
    found = next((what for what, words in _WHOLE.items() if word in words), None)
    if found or _OCCUPATIONS.search(word):
        return found
    for what, beginnings in _BEGINNINGS.items():
        if word.startswith(beginnings) or any(part in word for part in _PARTS[what]):
            return what
    return None

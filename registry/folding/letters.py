"""Any script in plain Latin letters; by tables of our own Latin with marks, Cyrillic, Arabic script and Ethiopic.

Other scripts (Georgian, Armenian, Hebrew, Greek, those of India and China) are read by anyascii, letter by letter.
Sources: Cyrillic as Ukraine's passport rules (resolution 55/2010) and ICAO Doc 9303 part 3 have it; Arabic script as in
ICAO's table, with the letters of Persian, Pashto, Urdu and Sorani; Ethiopic from the order of the Unicode block (rows
of eight, one consonant each, the vowels always in the same order). Vowels that a script does not write stay away: the
comparison by consonants makes up for it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from anyascii import anyascii

_CYRILLIC: Final = (
    "а a б b в v г h д d е e є ye ж zh з z и y і i ї yi й i к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts"
    " ч ch ш sh щ shch ю yu я ya ы y э e ё yo ґ g ў w ә a ғ gh қ q ң n ө o ұ u ү u һ h җ j ҳ h ҷ j ӣ i ӯ u"
)
_ARABIC: Final = (
    "ا a آ a أ a إ i ٱ a ب b پ p ة a ت t ٹ t ټ t ث th ج j چ ch ح h خ kh ځ dz څ ts د d ډ d ڈ d ذ dh ر r ړ r ڕ r ڑ r"
    " ز z ژ zh ږ zh س s ش sh ښ sh ص s ض dh ط t ظ dh غ gh ف f ڤ v ق q ك k ک k ګ g گ g ل l ڵ l م m ن n ڼ n ں n ه h ە e"
    " ھ h ہ h ۀ a و w ۆ o ۇ u ۋ v ؤ w ي y ی y ى a ې e ێ e ۍ i ئ y ے e"
)
#: First letter of each row of the block Ethiopic, and its consonant.
_ETHIOPIC_ROWS: Final = (
    "ሀ h ለ l ሐ h መ m ሠ s ረ r ሰ s ሸ sh ቀ q ቈ qw ቐ q ቘ qw በ b ቨ v ተ t ቸ ch ኀ h ኈ hw ነ n ኘ ny ከ k ኰ kw ኸ kh ዀ khw"
    " ወ w ዘ z ዠ zh የ y ደ d ዸ d ጀ j ገ g ጐ gw ጘ g ጠ t ጨ ch ጰ p ጸ ts ፀ ts ፈ f ፐ p"
)
_ETHIOPIC_ORDERS: Final = ("e", "u", "i", "a", "e", "", "o", "wa")
#: Rows of vowels: the glottal stop and ayn, whose first order is read as a.
_ETHIOPIC_VOWEL_ROWS: Final = ("አ", "ዐ")
_MARKED_LATIN: Final = "ş sh š sh ș sh ç ch č ch ć ch ž zh ż zh ß ss ı i ø o æ ae đ d ł l ə e þ th ð dh ŋ n"
_SIGNS: Final = "'’‘`´ʻʿʾʼ\u0640\u200c\u200dьъЬЪءع"


def _pairs(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _ethiopic() -> dict[str, str]:
    letters = {}
    for first, consonant in _pairs(_ETHIOPIC_ROWS).items():
        for order, vowel in enumerate(_ETHIOPIC_ORDERS):
            letters[chr(ord(first) + order)] = consonant + vowel
    for first in _ETHIOPIC_VOWEL_ROWS:
        for order, vowel in enumerate(("a", *_ETHIOPIC_ORDERS[1:])):
            letters[chr(ord(first) + order)] = vowel
    return letters


_LETTERS: Final = str.maketrans(
    _pairs(_CYRILLIC) | _pairs(_ARABIC) | _ethiopic() | _pairs(_MARKED_LATIN) | dict.fromkeys(_SIGNS, "")
)
#: Ayn is written by a vowel where a word begins with it, and not at all elsewhere.
_INITIAL_AYN: Final = re.compile(r"\bع")
_FUSED: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_CYRILLIC_LETTER: Final = re.compile(r"[\u0400-\u052f]")
#: Digits beside letters, which were taken for them when a name was read from paper.
_ZERO, _ONE = re.compile(r"(?<=[a-z])0|0(?=[a-z])"), re.compile(r"(?<=[a-z])1|1(?=[a-z])")


def latin(text: str) -> str:
    """Return the text in the letters a to z, in lower case; everything else parts words and becomes a space.

    A capital inside a word begins another one: that is how two fields are written into one.
    """
    apart = _INITIAL_AYN.sub("a", _FUSED.sub(" ", unicodedata.normalize("NFC", text))).lower()
    plain = unicodedata.normalize("NFKD", apart.translate(_LETTERS))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    known = bare.translate(_LETTERS)
    read = known if known.isascii() else "".join(anyascii(one) if _is_read(one) else one for one in known).lower()
    letters = _ONE.sub("l", _ZERO.sub("o", read))
    return " ".join(re.sub(r"[^a-z]+", " ", letters).split())


def _is_read(sign: str) -> bool:
    """Say whether a sign is a letter, or a vowel written at one."""
    category = unicodedata.category(sign)
    return category.startswith("L") or category in {"Mn", "Mc"}


def is_cyrillic(text: str) -> bool:
    """Say whether there is a Cyrillic letter in the text."""
    return _CYRILLIC_LETTER.search(text) is not None

"""Labels folded for look-up: what people type finds what is written, in any script."""

from __future__ import annotations

import re
import unicodedata

#: Letters that Unicode does not take apart. Arabic ones differ between keyboards for Arabic, Persian and Kurdish.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "æ": "a",
        "œ": "o",
        "ʼ": "",
        "’": "",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ک": "ك",
        "ة": "ه",
        "ہ": "ه",
        "ە": "ه",
        "ـ": "",
        "\u200c": "",  # the zero-width characters that Persian and Kurdish are typed with, or without
        "\u200d": "",
    }
)
#: Umlauts are typed ä, ae or a. All three become a, on both sides; and what begins a word still begins it folded.
_SPELT_OUT = re.compile(r"([aou])e")
#: C++ and C# are words.
_WORD = re.compile(r"[^\W_][\w+#]*")


def fold(text: str) -> str:
    """Return the words of a text without case, accents and punctuation, one space between them; maybe ''."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
        if not unicodedata.category(character).startswith("M")
    )
    return " ".join(_WORD.findall(_SPELT_OUT.sub(r"\1", plain.replace("_", " "))))

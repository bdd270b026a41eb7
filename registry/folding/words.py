"""Where one word of a name begins and ends: articles, compounds and endings are written apart, joined or left out."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from registry.folding.letters import latin

#: Articles and words of descent; offices leave them out, join them or put a hyphen.
_PARTICLES: Final = "al el ul ar as ad an az ash at ol il oul ud ur bin ben ibn bint ould wuld von van de der"
#: What is written where there is no name.
_NO_NAMES: Final = "unbekannt unknown ohne keine kein na fnu lnu x xx xxx xxxx"
#: First halves of names that mean nothing alone: servant of, father of, mother of, son of (Tigrinya).
_SERVANT: Final = re.compile(r"[ae]bd[aeiou]?[lr]?|cabd[iu]?l?|abdou?l?")
_FIRST_HALVES: Final = "abu abou abul um umm gebre ghebre tesfa habte wolde welde lete"
#: Second halves that are written apart or not.
_SECOND_HALVES: Final = re.compile(
    r"(?:u|o|a|ou|e)l+ah?|[aeu]?(?:d|l)?[aeu]?[dl]?-?d(?:in|ine|een)|od+in|(?:el|al|ul)d(?:in|ine|een)"
    r"|haq|zada|zadeh|zade|nejad|pur|pour|nia|khel|zai|oghlu"
)
#: Two given names that Persian and Dari write as one word or as two; each half is a name of its own ("Alireza", "Ali").
_TWO_NAMES: Final = re.compile(
    r"(m[ou]ham+[ae]d|mahm[ou]+d|ahmad|hamid|amir|gh?[ou]lam|qolam|ali|abbas|h[ou]s+ei?n|hosain|has+an)"
    r"(r[ei]za|ali|h[ou]s+ei?n|hosain|has+an|m[ae]h?di|ja[vw]ad|baghe?r|baqe?r|ta[gq]h?i|na[gq]h?i|sade[gq]h?|amin"
    r"|akbar|asghar|mor?ad|kazem|abbas|moham+ad)"
)
_PARTICLE_WORDS, _NO_NAME_WORDS, _HALF_WORDS = (
    frozenset(words.split()) for words in (_PARTICLES, _NO_NAMES, _FIRST_HALVES)
)
_SHORTEST: Final = 2
#: A source that gives more is read up to here, so that a hostile name costs no time.
MOST_WORDS: Final = 6


def words_of(text: str) -> list[str]:
    """Return the words of one field of a name in plain letters, at most six.

    Halves of one name are joined ("Abd al-Rahman", "Najib Ullah"), two names in one word are parted ("Alireza"),
    articles before others are left out.
    """
    parts = [half for part in latin(text).split() if part not in _NO_NAME_WORDS for half in _halves(part)]
    words: list[str] = []
    at = 0
    while at < len(parts):
        part, rest = parts[at], parts[at + 1 :]
        if rest and (_SERVANT.fullmatch(part) or part in _HALF_WORDS):
            skipped = _articles(rest)
            words.append(part + rest[skipped])
            at += skipped + 2
            continue
        if words and len(words[-1]) > _SHORTEST and _SECOND_HALVES.fullmatch(part):
            words[-1] += part
        elif part not in _PARTICLE_WORDS or len(parts) == 1:
            words.append(part)
        at += 1
    return [word for word in words if len(word) >= _SHORTEST][:MOST_WORDS]


def neighbours(words: list[str]) -> list[tuple[int, str]]:
    """Return (index, both words joined) for neighbours that another source may write as one word."""
    return [(at, one + other) for at, (one, other) in enumerate(pairwise(words)) if len(one + other) >= 7]


def _halves(part: str) -> tuple[str, ...]:
    found = _TWO_NAMES.fullmatch(part)
    return (part,) if found is None else found.groups()


def _articles(parts: list[str]) -> int:
    """Count the particles before the next word; the last part is a word in any case."""
    count = 0
    while count < len(parts) - 1 and parts[count] in _PARTICLE_WORDS:
        count += 1
    return count

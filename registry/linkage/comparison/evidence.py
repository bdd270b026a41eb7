"""What can be said for and against two identities being of one human being, as named addends.

A judgement is a sum: the value of each feature (how often, or how many bits of rarity) times its weight. Both ways of
comparing, one pair at the counter (`registry.linkage.score`) and millions of lists (`registry.linkage.batch`), count
the same features; `tests/unit/test_linkage_batch.py` holds them to it.
"""

from __future__ import annotations

from itertools import product
from typing import Final

#: How closely two words agree, the closest first; "joined" is one word here and two there.
WORD_LEVELS: Final = ("exact", "sound", "spelling", "close", "joined")
#: Levels at which the spellings differ so much that the rarity of the word says less.
LOOSE_LEVELS: Final = frozenset({"spelling", "close", "joined"})
#: How birth dates agree or not, as `registry.linkage.comparison.dates` names it.
BIRTH_LEVELS: Final = (
    "exact", "placeholder", "swapped", "month", "year", "near", "beside", "far", "digit", "anniversary", "decade",
    "same-year", "other",
)  # fmt: skip
#: Levels at which only the year speaks, those that contradict, and those explained by a slip of the pen.
BIRTH_VAGUE: Final = frozenset({"placeholder", "year", "near", "beside", "far"})
BIRTH_CONTRADICTS: Final = frozenset({"same-year", "other"})
#: Levels at which the year agrees, so that its rarity counts.
BIRTH_YEAR_COUNTS: Final = frozenset({"exact", "placeholder", "swapped", "month", "year"})
#: Kinds of birth dates, for what names say together with them; "missing" where a side has none.
BIRTH_KINDS: Final = ("exact", "slipped", "vague", "contradicting", "missing")
#: Kinds of names by how many words agree and contradict.
NAME_KINDS: Final = ("none", "one", "mixed", "both", "all")
PLACE_LEVELS: Final = ("exact", "sound", "spelling", "close")
#: Numbers that the development set knows; the others have weights of their own in `weights`.
FITTED_NUMBERS: Final = ("azr", "phone")

#: The most words that are told apart among those agreeing, contradicting and more on one side.
MOST_AGREEING, MOST_CONTRADICTING, MOST_MORE = 3, 2, 2

FEATURES: Final[tuple[str, ...]] = (
    *(f"word:{level}" for level in WORD_LEVELS),
    "word:moved",
    "rare:first", "rare:second", "rare:further", "rare:loose",
    *(f"names:{agree}:{against}" for agree in range(MOST_AGREEING + 1) for against in range(MOST_CONTRADICTING + 1)),
    *(f"more:{count}" for count in range(1, MOST_MORE + 1)),
    "against:given-name", "against:family-name",
    *(f"birth:{level}" for level in BIRTH_LEVELS),
    "birth:rare",
    *(f"together:{birth}:{name}" for birth, name in product(BIRTH_KINDS, NAME_KINDS)),
    "sex:agrees", "sex:contradicts",
    "nationality:agrees", "nationality:rare", "nationality:contradicts",
    *(f"place:{level}" for level in PLACE_LEVELS),
    "place:rare", "place:contradicts",
    *(f"{scheme}:{how}" for scheme in FITTED_NUMBERS for how in ("agrees", "close", "contradicts")),
)  # fmt: skip
AT: Final = {name: at for at, name in enumerate(FEATURES)}
#: Features of which a pair has one or, where a side says nothing, none.
LEVELS: Final[tuple[tuple[str, ...], ...]] = (
    tuple(f"birth:{level}" for level in BIRTH_LEVELS),
    tuple(name for name in FEATURES if name.startswith("names:")),
    (*(f"place:{level}" for level in PLACE_LEVELS), "place:contradicts"),
    ("sex:agrees", "sex:contradicts"),
    ("nationality:agrees", "nationality:contradicts"),
    *(tuple(f"{scheme}:{how}" for how in ("agrees", "close", "contradicts")) for scheme in FITTED_NUMBERS),
)


def birth_kind(level: str | None) -> str:
    """Return the kind of a level of birth dates; None is that a side has no date."""
    if level is None:
        return "missing"
    if level == "exact":
        return "exact"
    if level in BIRTH_VAGUE:
        return "vague"
    return "contradicting" if level in BIRTH_CONTRADICTS else "slipped"


def name_kind(agreeing: int, contradicting: int) -> str:
    """Return the kind of names of which so many words agree and so many contradict."""
    if agreeing < 2:
        return ("none", "one")[agreeing]
    if contradicting:
        return "mixed"
    return "both" if agreeing == 2 else "all"

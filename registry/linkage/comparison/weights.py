"""What the comparison is told and does not learn: chances before anything is counted, and rules of numbers and grades.

The weights of the evidence are in `registry.linkage.comparison.model`, fitted once; those of numbers that no list with
a known truth has stand here, set by hand from what the law says of them. Bits are log2 of how much likelier something
is for one human being than for two.
"""

from __future__ import annotations

from typing import Final

#: Chance that a name written by two offices agrees at this level and not at a closer one.
NAME_AGREES: Final = {"exact": 0.60, "sound": 0.15, "spelling": 0.15, "close": 0.04, "joined": 0.05}
#: Of those who have the most frequent code that two spellings share, so many would be taken for one by chance.
SPELLING_SHARE, CLOSE_SHARE = 0.8, 1.5
#: Chance that somebody else's word is what two of a name are together.
JOINED_BY_CHANCE: Final = 2e-4
#: Share of people who bear a name nobody has counted yet: a usual one, another one.
USUAL_NAME, OTHER_NAME = 0.03, 0.002
#: No name is rarer than this: what looks unique may be a slip of the pen.
RAREST_NAME: Final = 2e-5
#: How rare a salted name may look, and what is taken off for it: among the few of one salt, chance counts too little.
RAREST_SALTED, SALTED_BITS = 1e-3, -2.0
#: A name in the same field, and one in the other field (family and given exchanged, or the father's name in either).
SAME_FIELD, OTHER_FIELD = 0.6, -2.0
YEAR_GUESS, YEAR_USUAL_BITS = 0.03, 5.0

NATIONALITY_GUESS, PLACE_GUESS = 0.2, 0.01
#: The rarity of a place says no more than so many bits: people move, and are registered in the next town.
PLACE_MOST: Final = 7.0

#: Numbers: equal, contradicting. A new customer number is given after years without benefits (section 51a SGB II), a
#: central register's number dies when records are merged, a case number belongs to a household.
NUMBERS: Final = {
    "ba-customer": (14.0, -1.0),
    "bamf": (14.0, -1.0),
    "ba-reference": (14.0, 0.0),
    "jobcenter-case": (4.0, 0.0),
}
#: Numbers that one human being alone has: whoever shares one is at least worth a look.
PERSONAL: Final = frozenset({"azr", "ba-customer", "bamf", "ba-reference"})
UNKNOWN_NUMBER: Final = (6.0, 0.0)

#: The chance that an appearance belongs to a given other one falls with the number of people; a young registry is
#: taken for one of so many, because those it does not know yet are as likely to be met.
FEWEST_PEOPLE: Final = 20
#: Odds in bits from which two appearances are one human being without doubt, and from which a human should look.
KNOWN_BITS, LOOK_BITS = 2.0, -5.0

"""The weights of the comparison, in bits: log2 of how much likelier something is for one human being than for two.

A Fellegi-Sunter table, set by hand from what the research on made-up refugees of nine origins found and checked against
it (`tests/property/test_linkage_evaluation.py` measures precision and recall). Where a weight depends on how rare a
token is, the table gives the chance that two spellings of one name agree at that level; the other half is counted.
"""

from __future__ import annotations

from typing import Final

#: Chance that a name written by two offices agrees at this level and not at a closer one.
NAME_AGREES: Final = {"exact": 0.60, "sound": 0.15, "spelling": 0.15, "joined": 0.05}
#: Chance that somebody else's word is what two of a name are together.
JOINED_BY_CHANCE: Final = 2e-4
#: Share of people who bear a name nobody has counted yet: a usual one, another one.
USUAL_NAME, OTHER_NAME = 0.03, 0.002
#: No name is rarer than this: what looks unique may be a slip of the pen.
RAREST_NAME: Final = 2e-5
#: A name in the same field, and one in the other field (family and given exchanged, or the father's name in either).
SAME_FIELD, OTHER_FIELD = 0.6, -2.0
#: Further names count for less than the first: they go together (Mohammad with Reza).
FURTHER_NAME: Final = 0.85
#: Names that agree: none, one, two, three or more.
NAMES_AGREEING: Final = (-6.0, -1.5, 0.0, 0.5)
#: Names left over on both sides: none, one, two or more; and names that only one side has.
NAMES_CONTRADICTING: Final = (0.0, -4.0, -8.0)
NAMES_MORE: Final = (0.0, -0.6, -1.2)
#: Given names that both sides have and that contradict: twins and siblings share everything else.
GIVEN_CONTRADICTS: Final = -4.0

#: Birth dates by level of agreement, beside how rare the year is.
BIRTH: Final = {
    "exact": 9.0,
    "placeholder": 4.5,  # both 1 January, or 31 December, of one year
    "swapped": 6.0,  # day and month exchanged
    "month": 5.0,  # year and month; one side knows no day, or has the first for it
    "year": 1.5,  # one side knows the year only, or has a placeholder
    "near": 1.0,  # as before, and the years are neighbours
    "digit": 2.5,  # one digit differs
    "anniversary": 2.0,  # day and month, in a neighbouring year
    "same-year": -3.0,  # both days known, and different
    "other": -7.0,
}
#: Levels at which the year agrees, so that its rarity counts; and levels that contradict.
BIRTH_YEAR_COUNTS: Final = frozenset({"exact", "placeholder", "swapped", "month", "year"})
BIRTH_CONTRADICTS: Final = frozenset({"same-year", "other"})
#: Levels at which only the year speaks.
BIRTH_VAGUE: Final = frozenset({"placeholder", "year", "near"})
YEAR_GUESS, YEAR_USUAL_BITS = 0.03, 5.0

#: Equal, contradicting.
SEX: Final = (0.9, -5.0)
NATIONALITY_AGREES, NATIONALITY_GUESS, NATIONALITY_CONTRADICTS = 0.95, 0.2, -3.5
PLACE_AGREES, PLACE_GUESS, PLACE_MOST, PLACE_CONTRADICTS = 0.7, 0.01, 3.5, -0.8

#: Numbers: equal, contradicting. A new customer number is given after years without benefits (section 51a SGB II), a
#: central register's number dies when records are merged, a case number belongs to a household.
NUMBERS: Final = {
    "azr": (16.0, -5.0),
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

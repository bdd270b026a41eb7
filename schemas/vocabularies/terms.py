"""Which lists of occupations and skills there are, and how a step from one to another is meant.

Sources: KldB 2010 and DKZ (BA), ISCO-08 (ILO), ESCO (European Commission); relations as their crosswalks state them.
"""

from enum import StrEnum


class Scheme(StrEnum):
    """Whose codes they are. Profiles carry KldB, DKZ and ISCO codes as digits, ESCO concepts as their URI."""

    KLDB = "kldb-2010"
    DKZ = "dkz"
    ISCO = "isco-08"
    ESCO_OCCUPATION = "esco-occupation"
    ESCO_SKILL = "esco-skill"
    ESCO_SKILL_GROUP = "esco-skill-group"


class Relation(StrEnum):
    """How a step of a crosswalk is meant.

    only: there is no other; focus: the main one of several; alternative: one of several; within: an ESCO occupation
    lies in an ISCO unit group; essential, optional: a skill of an occupation (ESCO).
    """

    ONLY = "only"
    FOCUS = "focus"
    ALTERNATIVE = "alternative"
    WITHIN = "within"
    ESSENTIAL = "essential"
    OPTIONAL = "optional"

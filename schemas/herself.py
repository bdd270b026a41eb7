"""What a person can state herself: everything that she knows best, and nothing that decides who she is.

Names, dates and numbers by which people are told apart, her residence status, and what offices decide (measures,
entitlements, tests) are offices' to say.
"""

from typing import Final

from schemas.compartments import Compartment, compartment_of

#: In the order in which people read sections.
STATABLE: Final = (
    "contact.address", "contact.phone", "contact.email", "contact.language",
    "languages.language", "languages.literacy",
    "education.school", "education.university", "education.vocational", "education.further",
    "work.experience", "work.status",
    "skills.skill", "skills.strength", "skills.licence",
    "recognition.procedure", "recognition.comparability",
    "pathway.course",
    "needs.training", "needs.language", "needs.recognition", "needs.support", "needs.childcare",
    "goals.occupation", "goals.training", "goals.working-time", "goals.mobility",
)  # fmt: skip


def statable_compartments() -> tuple[Compartment, ...]:
    """Return where what she states is sealed, each once and in order."""
    return tuple(dict.fromkeys(compartment_of(kind) for kind in STATABLE))

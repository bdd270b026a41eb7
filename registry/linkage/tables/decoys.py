"""Decoys: identities of nobody, put together from parts of several people, so that a dump tells less of who is who.

They lie among the others in the linker's schema, and only that no appearance has their handle tells them apart: it is
never answered with one, and none is counted. They are stored together with whoever is taken in, at the same moment and
in any order. Family name, given name, birth date and place are of different people, no word is taken that fewer
than three people have, and numbers are made up: whoever is erased leaves nothing that is hers alone in a decoy.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from registry.folding.identity import FAMILY, GIVEN, Form, Identity, Joined, Number
from registry.linkage.tables.identities import Fresh, State, new_handle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from registry.folding.identity import Word
    from registry.linkage.comparison.frequency import Frequencies

#: Of so many people parts are remembered; with fewer than the least, decoys would be like somebody.
_REMEMBERED: Final = 1_000
_LEAST: Final = 20
#: A word that fewer have is of somebody, and goes with her.
_SHARED_BY: Final = 3
_TRIES: Final = 8
_APART: Final = timedelta(seconds=1)
#: Those beyond the share, the oldest first, and all that lie under a key under which nobody lies any more.
_TRIM = text("""
    WITH decoy AS (
        SELECT handle, key_version, row_number() OVER (ORDER BY key_version DESC, at DESC) AS place
        FROM linkage.identity AS stored
        WHERE NOT EXISTS (SELECT FROM linkage_handle WHERE linkage_handle.handle = stored.handle)
    )
    DELETE FROM linkage.identity USING decoy
    WHERE identity.handle = decoy.handle AND (place > :most OR decoy.key_version < (
        SELECT min(stored.key_version) FROM linkage.identity AS stored JOIN linkage_handle USING (handle)
    ))
""")


@dataclass(slots=True)
class Decoys:
    """Makes decoys for a share of those who are taken in."""

    share: float  #: from 0 to 1
    chance: Random = field(default_factory=SystemRandom, repr=False)
    _people: deque[tuple[int, Identity[int]]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED), repr=False)

    def remember(self, version: int, identity: Identity[int]) -> None:
        """Take parts of this identity from now on.

        Args:
            version: of the look-up key; parts under different ones are never put together.
        """
        self._people.append((version, identity))

    def beside(self, stored: Sequence[Fresh], frequencies: Frequencies) -> list[Fresh]:
        """Return decoys to be stored together with these identities."""
        made = []
        for one in stored:
            if self.chance.random() < self.share:
                people = [identity for version, identity in self._people if version == one.state.version]
                identity = self._mixed(people, frequencies)
                if identity is not None:
                    at = one.state.at + _APART * self.chance.uniform(-1, 1)
                    made.append(Fresh(new_handle(), State(at, one.state.version), identity))
        return made

    def trim(self, session: Session, population: int) -> None:
        """Remove decoys that are too many or too old for so many people."""
        session.execute(_TRIM, {"most": round(self.share * population)})

    def _mixed(self, people: Sequence[Identity[int]], frequencies: Frequencies) -> Identity[int] | None:
        """Return an identity of nobody, or None where too little is known to make one."""
        if len(people) < _LEAST:
            return None
        for _ in range(_TRIES):
            family, given, birth, place = self.chance.sample(people, 4)
            forms = tuple(mixed(*pair) for pair in zip(family.forms, given.forms, strict=False))
            words = [*(word for form in forms for word in form.words), *place.places]
            if forms and all(frequencies.bearers(word.exact) >= _SHARED_BY for word in words):
                numbers = tuple(self._nobodys(one) for one in birth.numbers)
                return Identity(forms, birth.births, given.sexes, family.nationalities, place.places, numbers)
        return None

    def _nobodys(self, number: Number[int]) -> Number[int]:
        """Return a number of the same form that nobody has."""
        return Number(number.scheme, self._token(), tuple(self._token() for _ in number.blurred))

    def _token(self) -> int:
        return self.chance.getrandbits(64) - (1 << 63)


def mixed(family: Form[int], given: Form[int]) -> Form[int]:
    """Return a form with the family name of one and the given name of the other."""
    words: list[Word[int]] = []
    joined: list[Joined[int]] = []
    for form, slot in ((family, FAMILY), (given, GIVEN)):
        places = {}
        for at, word in enumerate(form.words):
            if word.slot == slot:
                places[at] = len(words)
                words.append(word)
        joined += [
            Joined(places[one.first], slot, one.skeletons)
            for one in form.joined
            if one.slot == slot and one.first in places
        ]
    return Form(tuple(words), tuple(joined))

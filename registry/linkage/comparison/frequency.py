"""How often the tokens occur among the people known so far: what many share says little."""

from __future__ import annotations

from collections import Counter
from copy import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from registry.folding.identity import Identity, Word

#: So many people a first guess counts as; real counts outweigh it soon.
GUESS_PEOPLE = 200
#: The same within one nationality, where the guess is the frequency among all.
GUESS_COMPATRIOTS = 20
#: Both who are compared are among those counted.
COMPARED = 2
#: A name is common when so many people have it, and this share of all.
COMMON_PEOPLE, COMMON_SHARE = 20, 0.01


class Frequencies:
    """Counts of tokens, among all people and among those of one nationality."""

    __slots__ = ("_everywhere", "_within", "others", "people", "population")

    def __init__(self) -> None:
        self.people = 0  #: counted here
        self.population = 0  #: known in all; more, where only a sample was counted
        self._everywhere: Counter[int] = Counter()
        self._within: Counter[tuple[int, int]] = Counter()
        self.others: Mapping[int, tuple[int, ...]] = {}  #: what a token stands for beside itself

    def add(self, identity: Identity[int]) -> None:
        """Count one more person's tokens."""
        self._count(identity, 1)

    def remove(self, identity: Identity[int]) -> None:
        """Take back what was counted for an identity that is replaced."""
        self._count(identity, -1)

    def across(self, others: Mapping[int, tuple[int, ...]]) -> Frequencies:
        """Return the same counts, where a token stands for others too: those of the same text under other keys."""
        view = copy(self)
        view.others = others
        return view

    def share(self, token: int, guess: float, *, salt: int | None = None) -> float:
        """Return the share of other people who have a token that the two who are compared share.

        Args:
            guess: the share among people in general, for a registry that knows few of them.
            salt: of a salted token: among whom alone it is equal.
        """
        people = self.people if salt is None else self._counted(salt)
        return (_others_of(self._counted(token)) + GUESS_PEOPLE * guess) / (_others_of(people) + GUESS_PEOPLE)

    def share_within(self, nationality: int | None, token: int, guess: float, *, salt: int | None = None) -> float:
        """Return the share among people of one nationality; among all for None."""
        everywhere = self.share(token, guess, salt=salt)
        if nationality is None:
            return everywhere
        compatriots = self._counted(nationality)
        if salt is not None:  # as large a part of them as has the salt
            compatriots = round(compatriots * self._counted(salt) / max(self.people, 1))
        compatriots = _others_of(compatriots)
        counted = _others_of(self._counted_within(nationality, token))
        return (counted + GUESS_COMPATRIOTS * everywhere) / (compatriots + GUESS_COMPATRIOTS)

    def bearers(self, token: int) -> int:
        """Return how many of those counted have a token."""
        return self._counted(token)

    def is_common(self, nationality: int | None, token: int) -> bool:
        """Say whether many people, not counted once or twice by chance, share a token."""
        if nationality is None:
            bearers, people = self._counted(token), self.people
        else:
            bearers, people = self._counted_within(nationality, token), self._counted(nationality)
        return bearers >= COMMON_PEOPLE and bearers >= COMMON_SHARE * people

    def _counted(self, token: int) -> int:
        return self._everywhere[token] + sum(self._everywhere[one] for one in self.others.get(token, ()))

    def _counted_within(self, nationality: int, token: int) -> int:
        pairs = zip(self.others.get(nationality, ()), self.others.get(token, ()), strict=False)
        return self._within[nationality, token] + sum(self._within[pair] for pair in pairs)

    def _count(self, identity: Identity[int], change: int) -> None:
        self.people += change
        self.population += change
        names = list(_tokens_of(word for form in identity.forms for word in form.words))
        for token in names:
            self._everywhere[token] += change
        for token in _tokens_of(identity.places):
            self._everywhere[token] += change
        salts = {form.salt for form in identity.forms if form.salt is not None}
        for date in salts | {birth.year for birth in identity.births}:
            self._everywhere[date] += change
        for nationality in set(identity.nationalities):
            self._everywhere[nationality] += change
            for token in names:
                self._within[nationality, token] += change


def _others_of(counted: int) -> int:
    """Return how many of those counted are not the two who are compared: these must not make their own name usual."""
    return max(counted - COMPARED, 0)


def _tokens_of(words: Iterable[Word[int]]) -> Iterator[int]:
    """Yield the tokens of each distinct word once, whatever field it is in."""
    for word in {one.exact: one for one in words}.values():
        yield word.exact
        yield word.sound
        yield from word.skeletons
        yield from word.blurred

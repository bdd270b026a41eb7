"""A walk through linking, confirming, editing, sharing and parting, with a book of whose word every entry is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg

from tests.api_client import Api, Caller, Person, profile, wish
from tests.house import PIN
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

FIRST, OTHERS, READING = "Agentur", ("Jobcenter Stuttgart", "Jobcenter Essen"), "Jobcenter Köln"
_MINE, _MEANWHILE = "/api/v1/me/entries", "/api/v1/me/meanwhile"
_LAST_CODE = 20
#: The linker names five; more copies that were given back than this would hide the one she has.
_MOST_APART = 3
_PEOPLE = (
    Said(family="Barakzai", given="Nadir", born="1979-06-21", sex="m", nationality="AF"),
    Said(family="Kovtun", given="Lesia", born="1991-02-03", sex="w", nationality="UA"),
    Said(family="Tesfamariam", given="Selam", born="1988-11-09", sex="w", nationality="ER"),
    Said(family="Haddad", given="Yousef", born="1967-04-17", sex="m", nationality="SY"),
)


@dataclass(slots=True, eq=False)
class Copy:
    """What one office keeps of somebody, and what it said last."""

    office: str
    appearance: str
    person: str
    words: set[str]
    is_hers: bool = False
    is_shared: bool = False
    since: int = 0  #: the moment from which it was taken for hers


@dataclass(slots=True, eq=False)
class Own:
    """Something that she says herself; taken back, what it took the place of may stand again."""

    word: str
    made: int
    entry: str  #: its id
    before: Own | None = None

    def stands_again(self, since: int) -> Own | None:
        """Return what she said last before a moment."""
        one = self.before
        while one is not None and one.made >= since:
            one = one.before
        return one


@dataclass(slots=True, eq=False)
class Human:
    """Somebody with a letter; `copies` are those that belong to her, the first one for good."""

    said: Said
    letter: Person
    me: Caller
    copies: list[Copy]
    grant: str | None = None
    used: int = 0
    apart: list[Copy] = field(default_factory=list)
    own: list[Own] = field(default_factory=list)
    speaks: bool = False  #: she has an appearance of her own
    is_heard: bool = False  #: what she says herself is shared
    ended: list[tuple[int, int]] = field(default_factory=list)  #: links that she was not asked about: since and until

    def said_during(self, since: int, until: int) -> list[Own]:
        """Return what she said in some time, and still says."""
        return [one for one in self.own if since <= one.made <= until]

    def take_back(self, some: list[Own], since: int) -> None:
        """Let some of it count no more."""
        for one in some:
            self.own.remove(one)
            again = one.stands_again(since)
            self.own += [again] if again is not None else []


@dataclass(slots=True)
class Walk:
    """Acts through the interface; what everybody must see then follows from the book alone."""

    api: Api
    rng: Random
    humans: list[Human] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=count)
    _moments: Iterator[int] = field(default_factory=count)
    _officers: dict[tuple[str, str], Caller] = field(default_factory=dict)

    def begin(self) -> None:
        """Record everybody at the first office, which hands a letter to each."""
        for said in _PEOPLE:
            word = self._word()
            born = self._answer(self._clerk(FIRST).post("/api/v1/persons", {"entries": [*entries(said), _entry(word)]}))
            copy = Copy(FIRST, born["appearance"], born["id"], {word}, is_hers=True)
            letter = self._letter(copy)
            self.humans.append(Human(said, letter, self.api.person(letter), [copy]))

    def step(self) -> None:
        """Do one thing to one human, and compare what everybody sees with the book."""
        human = self.rng.choice(self.humans)
        often = (self.link, self.confirm, self.edit, self.part, self.state, self.correct) * 2
        acts = (*often, self.give, self.end, self.withdraw, *(self.answer,) * 6)
        act = self.rng.choice(acts)
        if act(human):
            self.done[act.__name__] += 1
            self.compare(human)

    def link(self, human: Human) -> bool:
        """Record her at another office, which takes her for the one the linker found."""
        free = [one for one in OTHERS if one not in {copy.office for copy in human.copies}]
        if not free or len(human.apart) >= _MOST_APART:
            return False
        office, word = self.rng.choice(free), self._word()
        clerk, hers = self._clerk(office), {copy.appearance for copy in human.copies}
        found = self._answer(clerk.post("/api/v1/matches", {"entries": entries(human.said)}))["matches"]
        match = next(one["id"] for one in found if one["id"].split(".")[0] in hers)
        stated = {"entries": [*entries(human.said), _entry(word)], "same_as": match}
        born = self._answer(clerk.post("/api/v1/persons", stated))
        assert (born["linked"], born["id"]) == (True, human.copies[0].person)
        human.copies.append(Copy(office, born["appearance"], born["id"], {word}, since=next(self._moments)))
        return True

    def confirm(self, human: Human) -> bool:
        """Let her say "this is me"."""
        waiting = [copy for copy in human.copies if not copy.is_hers]
        if not waiting:
            return False
        copy = self.rng.choice(waiting)
        said = human.me.post(f"/api/v1/me/appearances/{copy.appearance}/confirmation", {"proof": self._proof(human)})
        assert said.status_code == 204, said.get_json()
        copy.is_hers, copy.since = True, next(self._moments)
        return True

    def edit(self, human: Human) -> bool:
        """Let an office say something else, or more, in a copy of its own, whether it still is hers or was parted."""
        copy = self.rng.choice([*human.copies, *human.apart])
        clerk = self._clerk(copy.office)
        where = f"/api/v1/persons/{copy.person}/appearances/{copy.appearance}/languages.core"
        kept = set(self.rng.sample(sorted(copy.words), self.rng.randrange(len(copy.words) + 1)))
        words = sorted(kept | {self._word()})[:5]
        before = clerk.get(where)
        tag = before.headers["ETag"]
        said = clerk.ask("PUT", where, {"entries": [_entry(word) for word in words]}, If_Match=tag)
        assert said.status_code == 200, said.get_json()
        copy.words = set(words)
        return True

    def give(self, human: Human) -> bool:
        """Let her share all that is hers."""
        if human.grant is not None:
            return False
        said = human.me.post("/api/v1/me/grants", wish(self.api.agency(READING), self._proof(human)))
        human.grant = self._answer(said)["id"]
        human.is_heard = human.speaks
        for copy in human.copies:
            copy.is_shared = copy.is_hers
        return True

    def end(self, human: Human) -> bool:
        """Let her withdraw it."""
        if human.grant is None:
            return False
        assert human.me.delete(f"/api/v1/me/grants/{human.grant}").status_code == 200
        human.grant, human.is_heard = None, False
        for copy in human.copies:
            copy.is_shared = False
        return True

    def part(self, human: Human) -> bool:
        """Let her, or the office that keeps it, say that a copy is not hers; she may add what of her words counts."""
        linked = human.copies[1:]
        if not linked:
            return False
        copy, how = self.rng.choice(linked), self.rng.random()
        where, until = f"/api/v1/me/appearances/{copy.appearance}", next(self._moments)
        asked = human.said_during(copy.since, until)
        shown = self._answer(human.me.get(f"{where}/meanwhile"))["entries"]
        assert {one["id"] for one in shown} == {one.entry for one in asked}
        if how < 0.4:
            back = self._some(asked)
            said = human.me.post(f"{where}/separation", {"take_back": [one.entry for one in back]})
            assert said.status_code == 204, said.get_json()
            human.take_back(back, copy.since)
        elif how < 0.7:
            assert human.me.delete(where).status_code == 204
            human.ended.append((copy.since, until))
        else:
            human.ended.append((copy.since, until))
            second = {"approval": self._clerk(copy.office, "approver").token} if copy.is_hers else {}
            where = f"/api/v1/persons/{copy.person}/appearances/{copy.appearance}/separation"
            self._answer(self._clerk(copy.office).post(where, second))
        human.copies.remove(copy)
        copy.person, copy.is_hers, copy.is_shared = self._belongs_to(copy), False, False
        assert copy.person != human.copies[0].person
        human.apart.append(copy)
        return True

    def state(self, human: Human) -> bool:
        """Let her say something herself."""
        word = self._word()
        made = self._answer(human.me.post(_MINE, _entry(word)))["entry"]
        human.own.append(Own(word, next(self._moments), made["id"]))
        human.speaks = True
        return True

    def correct(self, human: Human) -> bool:
        """Let her say something else instead."""
        if not human.own:
            return False
        old, word = self.rng.choice(human.own), self._word()
        where = f"{_MINE}/{old.entry}"
        tag = human.me.get(where).headers["ETag"]
        made = self._answer(human.me.ask("PUT", where, _entry(word), If_Match=tag))["entry"]
        human.own.remove(old)
        human.own.append(Own(word, next(self._moments), made["id"], old))
        return True

    def withdraw(self, human: Human) -> bool:
        """Let her take something back."""
        if not human.own or self.rng.random() < 0.5:
            return False
        old = self.rng.choice(human.own)
        where = f"{_MINE}/{old.entry}"
        tag = human.me.get(where).headers["ETag"]
        assert human.me.ask("DELETE", where, If_Match=tag).status_code == 204
        human.own.remove(old)
        return True

    def answer(self, human: Human) -> bool:
        """Let her answer one of the questions that wait."""
        waiting = [one for one in human.ended if human.said_during(*one)]
        if not waiting:
            return False
        at = self.rng.randrange(len(waiting))
        question = self._answer(human.me.get(_MEANWHILE))["questions"][at]
        since, until = waiting[at]
        back = self._some(human.said_during(since, until))
        said = human.me.post(f"{_MEANWHILE}/{question['link']}", {"take_back": [one.entry for one in back]})
        assert said.status_code == 204, said.get_json()
        human.take_back(back, since)
        human.ended.remove(waiting[at])
        return True

    def compare(self, human: Human) -> None:
        """Compare what she, the office that she lets see, and every source see with the book; nobody sees more."""
        mine = {one.word for one in human.own}
        hers = _all(copy for copy in human.copies if copy.is_hers) | mine
        asked = [{one.entry for one in human.said_during(*times)} for times in human.ended]
        questions = self._answer(human.me.get(_MEANWHILE))["questions"]
        assert [{one["id"] for one in question["entries"]} for question in questions] == [one for one in asked if one]
        assert _words(human.me.get("/api/v1/me/profile").get_json()) == hers
        whose = {copy.person for copy in (*human.copies, *human.apart)}
        for person in whose:
            shared = _all(copy for copy in human.copies if copy.is_shared and copy.person == person)
            is_open = any(copy.is_shared and copy.person == person for copy in human.copies)
            if human.is_heard and person == human.copies[0].person:
                shared |= mine
            seen = self._clerk(READING).get(profile(person))
            assert _words(seen.get_json()) == shared if is_open else seen.status_code == 404
            for office in (FIRST, *OTHERS):
                own = [one for one in (*human.copies, *human.apart) if (one.office, one.person) == (office, person)]
                seen = self._clerk(office).get(profile(person, "intake"))
                assert _words(seen.get_json()) == _all(own) if own else seen.status_code == 404

    def _clerk(self, office: str, role: str = "clerk") -> Caller:
        if (office, role) not in self._officers:
            self._officers[office, role] = self.api.officer(office, role)
        return self._officers[office, role]

    def _proof(self, human: Human) -> dict[str, object]:
        if human.used == _LAST_CODE:
            human.letter = self._letter(human.copies[0], old_code=human.letter.letter_code)
            human.me, human.used = self.api.person(human.letter), 0
        human.used += 1
        return human.letter.proof(human.used)

    def _letter(self, copy: Copy, **more: str) -> Person:
        approval = {"approval": self._clerk(copy.office, "approver").token}
        made = self._clerk(copy.office).post(f"/api/v1/persons/{copy.person}/letters", {"pin": PIN, **approval, **more})
        said = self._answer(made)
        return Person(copy.person, copy.appearance, said["letter_code"], said["codes"])

    def _belongs_to(self, copy: Copy) -> str:
        with psycopg.connect(self.api.house.pair.main_url()) as connection:
            asked = "SELECT person_id::text FROM appearance WHERE id = %s::uuid"
            found = connection.execute(asked, (copy.appearance,)).fetchone()
        return str(found[0]) if found else ""

    def _some(self, asked: list[Own]) -> list[Own]:
        return self.rng.sample(asked, self.rng.randrange(len(asked) + 1))

    def _word(self) -> str:
        return f"Sprache {next(self._numbers)}"

    @staticmethod
    def _answer(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - werkzeug's answer
        document: dict[str, Any] = answer.get_json()
        assert answer.status_code in {200, 201}, document
        return document


def _entry(word: str) -> dict[str, Any]:
    level = {"skill": "overall", "scale": "native", "code": "native"}
    return {"kind": "languages.language", "value": {"language": "prs", "as_said": word, "levels": [level]}}


def _all(copies: Any) -> set[str]:  # noqa: ANN401 - any of copies
    return {word for copy in copies for word in copy.words}


def _words(document: dict[str, Any]) -> set[str]:
    return {
        entry["value"]["as_said"]
        for one in document["sections"]
        for entry in one["entries"]
        if entry["kind"] == "languages.language"
    }

"""The story's witnesses: the person's log, the auditor's chain, and a thief with both databases."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from adapters.sandbox.story.checks import Check
from adapters.sandbox.story.outside import traces
from adapters.sandbox.story.world import OFFICE, SAMPLES, SOURCE, STRANGERS, sample, truths, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.sandbox.story.world import World

#: What happened to her until she looks: event, office, purpose, outcome; the oldest first.
_STORY = (
    ("person.created", SOURCE, None, "done"),
    ("profile.opened", SOURCE, "intake", "permitted"),
    ("letter.issued", SOURCE, None, "done"),
    ("session.started", None, None, "done"),
    ("profile.read-by-person", None, None, "permitted"),
    ("request.refused", None, None, "refused"),  # the office's door
    ("profile.opened", OFFICE, "placement", "refused"),
    ("profile.opened", OFFICE, "intake", "refused"),
    *(("request.refused", None, None, "refused"),) * 2,  # a wrong PIN, a wrong code
    ("grant.given", None, "placement", "done"),
    ("request.refused", None, None, "refused"),  # a used code
    ("profile.opened", OFFICE, "placement", "permitted"),
    ("profile.opened", OFFICE, "counselling", "refused"),
    *(("profile.opened", office, "placement", "refused") for office in (*STRANGERS, SOURCE)),
    ("request.asked", OFFICE, "placement", "done"),
    ("request.declined", None, "placement", "done"),
    ("session.started", None, None, "done"),  # on her phone
    ("grant.withdrawn", None, "placement", "done"),
    ("profile.opened", OFFICE, "placement", "refused"),
    ("profile.opened", OFFICE, "placement", "permitted"),  # asked of the keeper itself: its line,
    ("opening.refused", OFFICE, "placement", "refused"),  # and nothing delivered
    ("request.refused", None, None, "refused"),  # a grant that had ended
    ("log.read", None, None, "done"),
)
_NUMBER = "SELECT number FROM audit_leaf JOIN audit_line ON id = line_id WHERE event = 'grant.given' LIMIT 1"
_CHANGE = "UPDATE audit_line SET purpose = 'intake' WHERE event = 'grant.given'"
_REMOVAL = "DELETE FROM audit_line WHERE event = 'grant.given'"
_HIDE = (
    "UPDATE sealed_compartment SET envelope = envelope || convert_to(%s, 'UTF8') "
    "WHERE appearance_id = %s::uuid AND compartment = 'identity.core'"
)
_PATIENCE = 20.0
#: Published occupations and skills: words that anybody's job can be called by.
_WORD_LISTS = frozenset({"term", "term_label", "term_broader", "crosswalk"})


def she_looks(world: World) -> Iterator[Check]:
    """Her log tells all of it, in order: who, for what, and whether they saw anything."""
    lines = world.me.get("/me/log").document["lines"][::-1]
    names = {agency["id"]: agency["name"] for agency in world.stack.agencies}
    told = [[line["event"], names.get(line["agency"]), line["purpose"], line["outcome"]] for line in lines]
    yield Check("her log tells who did what, for what, and how it ended", [list(line) for line in _STORY], told)
    moments = [line["at"] for line in lines]
    yield Check("in the order in which it happened", sorted(moments), moments)
    looked = [line for line in lines if names.get(line["agency"]) == OFFICE and line["outcome"] == "permitted"]
    seen = [[line["sections"], line["basis"]] for line in looked]
    tried = [[["languages"], "consent"]] * 2  # the one that opened something, and the one at the keeper that did not
    yield Check("each look says what, and on which basis", tried, seen)
    twice = [line["event"] for line in world.me.get("/me/log").document["lines"]].count("log.read")
    yield Check("that she looked at the log is a line too", 2, twice)


def log_holds(world: World) -> Iterator[Check]:
    """The chain over all lines verifies; one changed or missing line is found. Changes are made and undone."""
    end = time.monotonic() + _PATIENCE
    while world.main.count("SELECT count(*) FROM audit_queue") and time.monotonic() < end:
        time.sleep(0.1)
    lines = world.main.count("SELECT count(*) FROM audit_line")
    yield Check("every line has its place, and the chain is whole", f"{lines} lines, whole", world.main.chain())
    number = world.main.count(_NUMBER)
    yield Check("a changed line is found", f"line {number} was changed", world.main.chain(_CHANGE))
    yield Check("a removed line is found", f"line {number} is missing", world.main.chain(_REMOVAL))
    yield Check("undone, the chain is whole again", f"{lines} lines, whole", world.main.chain())


def thief_finds_nothing(world: World) -> Iterator[Check]:
    """A dump of both databases holds no name, number or word of anybody whom the offices sent."""
    words = truths()
    for path in SAMPLES:
        # The offices' own names and numbers are public and stand in the table of offices.
        held = words_of(sample(path), without=("/dienststelle", "/person/ort"))
        words |= {f"{path.name}{pointer}": word for pointer, word in held.items()}
    main, shred = world.main.dump(), world.shred.dump()
    main = {table: rows for table, rows in main.items() if table not in _WORD_LISTS}
    yield Check("the main database holds none of their values", [], traces(main, words))
    yield Check("the shred store holds none of their values", [], traces(shred, words))
    public = traces(main, {"office": OFFICE})
    yield Check("the same search finds what stands in clear", ["agency: office"], public)
    name = sample()["person"]["familienname"]
    hidden = world.main.dump_with(_HIDE, name.upper(), world.appearance)
    found = traces(hidden, {"surname": name})
    yield Check("and a name hidden among bytes, which is then undone", ["sealed_compartment: surname"], found)

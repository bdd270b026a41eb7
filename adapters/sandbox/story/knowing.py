"""The story's crowd: the offices' files become five people, one asks "known already?", and she says who she is."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from adapters.sandbox.story.checks import Check
from adapters.sandbox.story.world import FILES, HERS, OFFICE, SOURCE, TRUTH, sections_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.sandbox.story.caller import Caller
    from adapters.sandbox.story.world import World

#: An office that keeps nothing of her and asks at its own counter.
ASKER = "Migrationsberatung Stuttgart"
_PERSONS = "SELECT count(*) FROM person"
_GRANTS = "SELECT count(*) FROM access_grant"
_STRANGER = ("Nobody", "Ever Seen", "1931-12-24")


def three_offices_are_one_record(world: World) -> Iterator[Check]:
    """Files of BAMF and two Jobcenters come in: twelve appearances are five people, and nobody got a grant by it."""
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))["people"]
    appearances = sum(len(person["appearances"]) for person in truth)
    grants = world.main.count(_GRANTS)
    reports = [_brought(world, kind) for kind in ("bamf", "jobcenter")]
    files = [file for report in reports for file in report["files"]]
    yield Check("nothing is refused", [], [line for file in files for line in file["refused"]])
    created = [sum(file[what] for file in files) for what in ("created", "linked")]
    yield Check("nine more appearances, seven of people known already", [9, 7], created)
    yield Check("these are the people of the truth", [12, len(truth)], [appearances, reports[-1]["profiles"]])
    yield Check("the database holds as many persons", len(truth), world.main.count(_PERSONS))
    dropped = [field["path"] for file in files for field in file["unmapped"] if not field["kept"]]
    yield Check("nothing had to be dropped", [], dropped)
    again = [_brought(world, kind) for kind in ("bamf", "jobcenter")]
    unchanged = sum(file["unchanged"] for report in again for file in report["files"])
    yield Check("the same files again change nothing", [9, len(truth)], [unchanged, again[-1]["profiles"]])
    yield Check("importing and linking granted nothing to anybody", grants, world.main.count(_GRANTS))


def known_already(world: World) -> Iterator[Check]:
    """A clerk elsewhere asks before recording: the answer is a grade with reasons and a masked hint, never her data."""
    world.desks[ASKER] = asker = world.nobody.signed_in(world.token(ASKER))
    row = _row_of_the_office()
    answer = asker.post("/matches", _question(row["Name"], row["Vorname"], _iso(row["GebDat"])))
    yield Check("the clerk asks with the Jobcenter's spelling of her name", "200", answer.told)
    matches = answer.document["matches"]
    yield Check("she is known", "known", matches[0]["grade"] if matches else "nobody")
    words = [reason["words"] for reason in matches[0]["reasons"]]
    yield Check("reasons say why in words", expected=True, seen=bool(words))
    weighed = [reason["code"] for reason in matches[0]["reasons"] if reason["code"].startswith("weighs")]
    yield Check("no weight is told, by which one could guess letter after letter", [], weighed)
    spelled = [json.loads(HERS.read_text(encoding="utf-8"))["person"]["familienname"], row["Name"]]
    yield Check("no name is in the answer", [], [name for name in spelled if name in answer.body.decode()])
    hint = asker.post("/matches/hints", {"match": matches[0]["id"]})
    masked = [value["masked"] for value in hint.document["values"]]
    yield Check(
        "a hint shows first letters alone", expected=True, seen=bool(masked) and all("•" in value for value in masked)
    )
    nobody = asker.post("/matches", _question(*_STRANGER))
    yield Check("a stranger is not found", [], nobody.document["matches"])
    little = asker.post("/matches", {"entries": _question(*_STRANGER)["entries"][:1]})
    yield Check("a name without a date is no question", "422 invalid", little.told)
    events = [line["event"] for line in world.me.get("/me/log").document["lines"]]
    seen = [events.count(event) for event in ("match.asked", "match.hinted", "link.decided")]
    yield Check("she sees that it was asked, that a hint was shown, and what was linked to her", [1, 1, 1], seen)


def this_is_me(world: World) -> Iterator[Check]:
    """What was linked to her is not hers to see until she says with proof that it is."""
    listed = world.me.get("/me/appearances").document["appearances"]
    mine = {one["source"]: one["is_mine"] for one in listed}
    offices = {world.agency(SOURCE): True, world.agency(OFFICE): False}
    yield Check("two offices keep something about her; what the second keeps she is asked about", offices, mine)
    linked = next(one for one in listed if not one["is_mine"])
    yield Check("with the reasons for which it was linked", expected=True, seen=bool(linked["reasons"]))
    yield Check("it is not in her profile yet", [world.agency(SOURCE)], _sources(world.me))
    address = f"/me/appearances/{linked['id']}/confirmation"
    wrong = world.me.post(address, {"proof": {**world.letter.proof(3), "pin": world.letter.another_pin}})
    yield Check("a wrong PIN confirms nothing", "403 proof.refused", wrong.told)
    said = world.me.post(address, {"proof": world.letter.proof(3)})
    yield Check('she says "this is me"', "204", said.told)
    yield Check("both offices' words are in her profile", sorted(offices), _sources(world.me))
    own = world.me.get("/me/profile").document
    by_source = {entry["id"]: entry["source"] for entries in sections_of(own).values() for entry in entries}
    sides = [sorted({by_source[entry] for entry in one["entries"]}) for one in own["contradictions"]]
    yield Check("where they contradict each other, both stand side by side", expected=True, seen=bool(sides))
    yield Check("each contradiction has both sources", [sorted(offices)] * len(sides), sides)


def share_goes_out(world: World) -> Iterator[Check]:
    """What BA may have goes out in BA's own format: its own words, and of the Jobcenter's only what she granted."""
    folder = world.stack.home / "export"
    done = world.stack.command("export", world.agency(SOURCE), "--out", str(folder), "--json")
    yield Check("`registry export` ends with success", 0, done.returncode)
    report = json.loads(done.stdout)
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()))
    hers = json.loads(HERS.read_text(encoding="utf-8"))
    yield Check("it holds her profile", expected=True, seen=hers["refnr"] in text)
    row = _row_of_the_office()
    foreign = [row[column] for column in ("Name", "BGNr", "AktZ") if row[column] in text]
    yield Check("and nothing that only the Jobcenter knows", [], foreign)
    again = world.stack.command("import", "ba", *(str(folder / file["file"]) for file in report["files"]), "--json")
    counts = [sum(file[what] for file in json.loads(again.stdout)["files"]) for what in ("created", "linked")]
    yield Check("read again it is nobody new", [0, 0], counts)


def _brought(world: World, kind: str) -> dict[str, Any]:
    done = world.stack.command("import", kind, *map(str, FILES[kind]), "--json")
    if done.returncode:
        raise RuntimeError(f"import {kind} ended with {done.returncode}: {done.stderr[-500:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _row_of_the_office() -> Mapping[str, str]:
    """Return the Jobcenter's row about her: the one with the birth date that her BA profile has."""
    (path,) = (one for one in FILES["jobcenter"] if one.suffix == ".csv")
    born = json.loads(HERS.read_text(encoding="utf-8"))["person"]["geburtsdatum"]
    with path.open(encoding="cp1252", newline="") as file:
        return next(row for row in csv.DictReader(file, delimiter=";") if _iso(row["GebDat"]) == born)


def _question(family: str, given: str, born: str) -> dict[str, Sequence[dict[str, Any]]]:
    name = {"family": family, "given": given, "form": "current", "script": "Latn"}
    return {
        "entries": [
            {"kind": "identity.name", "value": name},
            {"kind": "identity.birth-date", "value": {"date": born}},
        ]
    }


def _iso(german: str) -> str:
    return "-".join(reversed(german.split(".")))


def _sources(me: Caller) -> list[str]:
    own = me.get("/me/profile").document
    return sorted({entry["source"] for entries in sections_of(own).values() for entry in entries})

"""The story's beginning: the house stands, a file comes in, a letter goes out, and the person signs in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import psutil

from adapters.sandbox.story.checks import Check
from adapters.sandbox.story.world import (
    HERS,
    OFFICE,
    SAMPLES,
    SOURCE,
    STRANGERS,
    Letter,
    leaves,
    new_pin,
    sample,
    sections_of,
)
from schemas.compartments import Compartment
from schemas.vocabularies.access import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.sandbox.story.world import World

_PROCESSES = ("postgres-main", "postgres-shred", "keeper", "linker", "web", "housekeeper")


def house_stands(world: World) -> Iterator[Check]:
    """All processes live, the doors are closed to who cannot prove who they are, and open to who can."""
    wanted = {*_PROCESSES, *(f"worker-{agency['id']}" for agency in world.stack.agencies)}
    alive = {name for name, pid in world.stack.processes.items() if psutil.pid_exists(pid)}
    yield Check("every process runs, with one worker for each of the offices", sorted(wanted), sorted(alive))
    yield Check("nobody reads without signing in", "401 not-signed-in", world.nobody.get("/me").told)
    right = world.credential(SOURCE)
    wrong = world.nobody.post("/sessions", {**right, "password": "x" + right["password"]})
    yield Check("a wrong password with a right one-time code is refused", "401 sign-in.refused", wrong.told)
    entered = world.nobody.post("/sessions", right)
    yield Check("the right password with the same code is let in", "201", entered.told)
    yield Check("a one-time code works once", "401 sign-in.refused", world.nobody.post("/sessions", right).told)
    world.desks[SOURCE] = world.nobody.signed_in(entered.document["token"])
    who = world.desks[SOURCE].get("/me").document
    yield Check("the session is the clerk's, at her office", world.agency(SOURCE), who["agency"]["id"])
    entered = world.nobody.post("/sessions", world.credential(OFFICE))
    yield Check("the officer of the Jobcenter signs in", "201", entered.told)
    world.desks[OFFICE] = world.nobody.signed_in(entered.document["token"])
    for agency in world.stack.agencies:
        if agency["name"] in STRANGERS:
            world.desks[agency["name"]] = world.nobody.signed_in(agency["token"])


def file_comes_in(world: World) -> Iterator[Check]:
    """Three profiles of BA become three persons; the same again, and half of one, change nothing."""
    files = [str(path) for path in SAMPLES]
    done = world.stack.command("import", "ba", *files, "--json")
    yield Check("`registry import ba` ends with success", 0, done.returncode)
    report = json.loads(done.stdout)
    world.reports = report["files"]
    yield Check("each file makes one person", [1] * len(files), [file["created"] for file in world.reports])
    yield Check("nothing is refused", [[]] * len(files), [file["refused"] for file in world.reports])
    named = [bool(file["unmapped"]) for file in world.reports]
    yield Check("the fields that have no place yet are named, for each file", [True] * len(files), named)
    yield Check("the registry holds three persons", 3, report["profiles"])
    half = world.stack.home / "half.json"
    half.write_text(SAMPLES[0].read_text(encoding="utf-8")[:700], encoding="utf-8")
    done = world.stack.command("import", "ba", *files, str(half), "--json")
    again = json.loads(done.stdout)
    unchanged = [file["unchanged"] for file in again["files"][: len(files)]]
    yield Check("the same files again change nothing", [1] * len(files), unchanged)
    refused = [line["code"] for line in again["files"][-1]["refused"]]
    yield Check("half a file is refused whole, and says why", ["json.truncated"], refused)
    yield Check("an import with a refused file ends with status 1", 1, done.returncode)
    yield Check("the registry still holds three persons", 3, again["profiles"])
    sealed = world.main.count("SELECT count(*) FROM sealed_compartment")
    yield Check("each has a ciphertext for every compartment, filled or not", 3 * len(Compartment), sealed)


def letter_goes_out(world: World) -> Iterator[Check]:
    """The clerk of the source finds her in the own office's data, and hands over a letter; another office cannot."""
    numbers = {sample(path)["dienststelle"]["nummer"]: 0 for path in SAMPLES}
    for path in SAMPLES:
        numbers[sample(path)["dienststelle"]["nummer"]] += 1
    hers = sample()
    statement = "SELECT person_id::text, id::text FROM appearance WHERE source_id = %s::uuid"
    found = world.main.rows(statement, world.agency(SOURCE))
    expected = numbers[hers["dienststelle"]["nummer"]]
    yield Check("the operator finds as many persons of this office as its files held", expected, len(found))
    stated = {}
    for person, appearance in found:
        answer = world.reads(SOURCE, "intake", person)
        stated[person, appearance] = _numbers(answer.document)
    mine = [key for key, held in stated.items() if hers["refnr"] in held]
    yield Check("the office reads its own word again, and one of them has her number", 1, len(mine))
    world.person, world.appearance = mine[0]
    world.other = next(person for person, _ in found if person != world.person)
    pin = new_pin()
    refused = world.desks[OFFICE].post(f"/persons/{world.person}/letters", {"pin": pin})
    yield Check("an office that does not know her cannot hand over a letter", "404 not-found", refused.told)
    second = world.nobody.post("/sessions", world.credential(SOURCE, Role.APPROVER)).document["token"]
    made = world.desks[SOURCE].post(f"/persons/{world.person}/letters", {"pin": pin, "approval": second})
    yield Check("the clerk at the counter hands over a letter, and a second officer agrees", "201", made.told)
    world.letter = Letter(made.document["letter_code"], tuple(made.document["codes"]), pin)
    printed = {len(world.letter.codes) >= 3, len(set(world.letter.codes)) == len(world.letter.codes)}
    yield Check("it carries at least three different codes", [True], sorted(printed))


def person_signs_in(world: World) -> Iterator[Check]:
    """With letter and PIN she sees everything that is kept about her; with a wrong PIN nobody does."""
    code = world.letter.code
    refused = world.nobody.post("/sessions", {"letter_code": code, "pin": world.letter.another_pin})
    yield Check("the letter with a wrong PIN is refused", "401 sign-in.refused", refused.told)
    entered = world.nobody.post("/sessions", {"letter_code": code, "pin": world.letter.pin})
    yield Check("letter and PIN let her in", "201", entered.told)
    yield Check("the session is hers", ["person", world.person], [entered.document[x] for x in ("kind", "actor")])
    world.me = world.nobody.signed_in(entered.document["token"])
    own = world.own = world.me.get("/me/profile").document
    sections = sections_of(own)
    hers = sample()
    names = [[one["value"]["family"], one["value"]["given"]] for one in sections["identity"] if "name" in one["kind"]]
    yield Check("she reads her name", [[hers["person"]["familienname"], hers["person"]["vorname"]]], names)
    said = sorted(entry["value"]["as_said"] for entry in sections["languages"])
    yield Check("and her languages", sorted(one["bezeichnung"] for one in hers["sprachkenntnisse"]), said)
    sources = {entry["source"] for entries in (*sections.values(), own["unmapped"]) for entry in entries}
    yield Check("every entry names its source", [world.agency(SOURCE)], sorted(sources))
    kept = {
        pointer: value
        for entry in own["unmapped"]
        for pointer, value in leaves(entry["value"]["content"], entry["value"]["path"]).items()
    }
    named = _named(world.reports[SAMPLES.index(HERS)], leaves(hers))
    same = len(named.items() & kept.items())
    yield Check("what has no place in a section yet is there as well, value by value", len(named), same)
    yield Check("and nothing that nobody sent", [], sorted(kept.keys() - named.keys()))
    denied = world.me.get(f"/persons/{world.person}/profile?purpose=placement")
    yield Check("the office's door is closed to her", "403 not-for-you", denied.told)


def _numbers(profile: Mapping[str, Any]) -> list[str]:
    return [entry["value"]["number"] for entry in sections_of(profile).get("identifiers", ())]


def _named(report: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file says under the paths that the operator was told are kept; lists are named by a star."""
    paths = {field["path"] for field in report["unmapped"] if field["kept"]}
    return {pointer: value for pointer, value in stated.items() if re.sub(r"/\d+(?=/|$)", "/*", pointer) in paths}

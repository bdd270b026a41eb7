"""The story's middle: nobody sees her, then one office sees what she granted, until she withdraws."""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from adapters.sandbox.story.caller import Caller
from adapters.sandbox.story.checks import Check
from adapters.sandbox.story.outside import traces
from adapters.sandbox.story.world import OFFICE, SOURCE, STRANGERS, sample, sections_of, words_of
from consent.ceilings import allowed_sections
from registry.auth.sessions import token_of
from registry.keys.client import Keeper, KeeperRefused
from registry.wire import messages
from registry.wire.messages import Said
from registry.wire.sockets import places
from schemas.compartments import Compartment, Section
from schemas.vocabularies.access import AgencyKind, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.sandbox.story.world import World

#: Seconds until a line has its place in the log; far more than it takes.
_PATIENCE = 20.0
_WRAPS = "SELECT compartment, agency_id::text FROM wrap WHERE appearance_id = %s::uuid"
_EPOCH = "SELECT epoch FROM sealed_compartment WHERE appearance_id = %s::uuid AND compartment = %s"
_FLOOR = "SELECT epoch FROM floor WHERE appearance_id = %s::uuid AND compartment = %s"
_RECALLS = "SELECT agency_id::text, acknowledged_at IS NULL FROM recall WHERE grant_id = %s::uuid"
_LINE = (
    "SELECT (SELECT person_id FROM access_grant WHERE id = %s), appearances, compartments, purpose, basis, grants"
    " FROM audit_line WHERE outcome = 'permitted' AND %s::uuid = ANY (grants) ORDER BY at DESC LIMIT 1"
)


def nothing_before(world: World) -> Iterator[Check]:
    """Before she grants anything, she looks to the Jobcenter like somebody who does not exist."""
    known, unknown = world.reads(OFFICE), world.nobodys(OFFICE)
    yield Check("without a grant the officer finds nothing", "404 not-found", known.told)
    yield Check("status, body and headers are those of a person who does not exist", unknown.face, known.face)
    at_intake = world.reads(OFFICE, "intake")
    yield Check("for another purpose as well", world.nobodys(OFFICE, "intake").face, at_intake.face)
    wraps = [list(row) for row in world.main.rows(_WRAPS, world.appearance)]
    yield Check("no office has a key to anything of hers", [], wraps)


def she_grants(world: World) -> Iterator[Check]:
    """With PIN and an unused code she lets the Jobcenter see her languages for placement."""
    wish = world.wish(1, "languages")
    other = {"proof": {**world.letter.proof(1), "pin": world.letter.another_pin}}
    refused = world.me.post("/me/grants", wish | other)
    yield Check("a right code with a wrong PIN grants nothing", "403 proof.refused", refused.told)
    swapped = {"proof": {**world.letter.proof(1), "code": world.letter.codes[1]}}
    refused = world.me.post("/me/grants", wish | swapped)
    yield Check("the code of another number grants nothing", "403 proof.refused", refused.told)
    given = world.me.post("/me/grants", wish)
    yield Check("PIN and code grant it", "201", given.told)
    grant = given.document
    world.grant = grant["id"]
    terms = [grant[word] for word in ("agency", "purpose", "sections", "basis", "status")]
    yield Check("as she said", [world.agency(OFFICE), "placement", ["languages"], "consent", "active"], terms)
    again = world.me.post("/me/grants", wish)
    yield Check("the same code a second time grants nothing", "403 proof.refused", again.told)
    wraps = [list(row) for row in world.main.rows(_WRAPS, world.appearance)]
    yield Check("now there is one key, for this office and her languages", [["languages.core", wish["agency"]]], wraps)
    listed = [[one["id"], one["status"]] for one in world.me.get("/me/grants").document["grants"]]
    yield Check("she sees it in her list", [[world.grant, "active"]], listed)


def officer_reads(world: World) -> Iterator[Check]:
    """The officer sees exactly what was granted, with source and date, and placeholders for the rest."""
    answer = world.reads(OFFICE)
    yield Check("the officer reads", "200", answer.told)
    profile = answer.document
    languages = sections_of(profile)["languages"]
    own = sections_of(world.own)["languages"]
    yield Check("the entries are hers, none more or less", [one["id"] for one in own], [one["id"] for one in languages])
    hers = sample()
    stated = [[one["bezeichnung"], world.agency(SOURCE), hers["stand"][:10]] for one in hers["sprachkenntnisse"]]
    shown = [[one["value"]["as_said"], one["source"], one["valid_from"]] for one in languages]
    yield Check("each names its source and its date", stated, shown)
    taken = [report["date"] for one in languages for report in one["value"]["certificates"]]
    dates = [one["nachweis"]["datum"] for one in hers["sprachkenntnisse"] if "nachweis" in one]
    yield Check("a certificate comes with its date", dates, taken)
    said = {level["cefr"] for one in languages for level in one["value"]["levels"]}
    yield Check("an office's words about a level never become a CEFR level", [None], list(said))
    rest = sorted(allowed_sections(AgencyKind.JOBCENTER, Purpose.PLACEMENT) - {Section.LANGUAGES})
    others = sorted([one["section"], one["status"], len(one["entries"])] for one in profile["sections"])
    placeholders = [[section.value, "not-shared", 0] for section in rest]
    yield Check("every other section is a placeholder", placeholders, [one for one in others if one[0] != "languages"])
    words = words_of(hers, without=("/sprachkenntnisse", "/dienststelle"))
    yield Check("nothing else of her stands in the answer", [], traces({"the answer": answer.body}, words))
    elsewhere = world.reads(OFFICE, "counselling")
    yield Check("for another purpose she does not exist", world.nobodys(OFFICE, "counselling").face, elsewhere.face)


def others_see_nobody(world: World) -> Iterator[Check]:
    """Whoever was granted nothing gets the answer for a person who does not exist, the source of the data too."""
    for office in (*STRANGERS, SOURCE):
        answer = world.reads(office)
        yield Check(f"{office} finds nothing", "404 not-found", answer.told)
        yield Check(f"{office} cannot tell her from nobody", world.nobodys(office).face, answer.face)


def office_asks(world: World) -> Iterator[Check]:
    """The Jobcenter asks for her education with a reason; she says no, and it hears of that and may not ask again."""
    question = {"purpose": "placement", "sections": ["education"], "reason": "placement-offer"}
    path = f"/persons/{world.person}/requests"
    stranger = world.desks[STRANGERS[0]].post(path, question)
    nobody = world.desks[STRANGERS[0]].post(f"/persons/{uuid4()}/requests", question)
    yield Check("an office that has nothing to do with her cannot ask", "404 not-found", stranger.told)
    yield Check("and cannot tell her from nobody", nobody.face, stranger.face)
    yield Check("the office that she lets see something can", "201", world.desks[OFFICE].post(path, question).told)
    again = world.desks[OFFICE].post(path, question)
    yield Check("while she thinks about it nobody asks twice", "409 request-open", again.told)
    listed = world.me.get("/me/requests").document["requests"]
    said = [[one[word] for word in ("agency", "purpose", "sections", "reason", "status")] for one in listed]
    asked = [[world.agency(OFFICE), "placement", ["education"], "placement-offer", "open"]]
    yield Check("she sees who asks for what, and why", asked, said)
    no = world.me.post(f"/me/requests/{listed[0]['id']}/decline", {})
    yield Check("she says no", "declined", no.document["status"])
    again = world.desks[OFFICE].post(path, question)
    yield Check("an office that heard no does not ask again soon", "409 request-declined-lately", again.told)
    yield Check("the office hears it in its feed", "request.declined", _heard(world, "request.declined"))


def on_her_phone(world: World) -> Iterator[Check]:
    """The same stands on pages, in Arabic, from right to left, with nothing fetched from elsewhere."""
    browser = Caller(world.stack.api.removesuffix("/api/v1"))
    door = browser.get("/ar/me")
    yield Check(
        "without a session a page leads to the door", ["303", "/ar/sign-in"], [door.told, door.header("Location")]
    )
    wrong = browser.form("/ar/sign-in", {"code": world.letter.code, "pin": world.letter.another_pin})
    yield Check("a wrong PIN does not open it", 401, wrong.status)
    opened = browser.form("/ar/sign-in", {"code": world.letter.code, "pin": world.letter.pin})
    cookie = opened.header("Set-Cookie")
    marks = [mark for mark in ("Secure", "HttpOnly", "SameSite=Strict") if mark in cookie]
    yield Check(
        "letter and PIN do, with a cookie for this host alone", ["Secure", "HttpOnly", "SameSite=Strict"], marks
    )
    hers = browser.holding(cookie.partition(";")[0])
    page = hers.get("/ar/me/access").body.decode()
    yield Check(
        "it is written from right to left", ['dir="rtl"'], re.findall(r'^<html lang="ar" (.*)>$', page, re.MULTILINE)
    )
    yield Check("it names the office that may see something", [OFFICE], re.findall(rf">({OFFICE})<", page)[:1])
    addresses = re.findall(r'(?:src|href|action)="([^"#]*)"', page)
    yield Check("nothing on it leads elsewhere", [], [one for one in addresses if not one.startswith(("/", "data:,"))])
    forged = hers.form(f"/ar/me/grants/{world.grant}/withdraw", {})
    yield Check("a form that is not from our page does nothing", 403, forged.status)


def _heard(world: World, event: str) -> str | None:
    """Return the last event of the office's feed; this one has to have its place in the log first."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        heard = [str(one["event"]) for one in world.desks[OFFICE].get("/feed?limit=200").document["items"]]
        if event in heard:
            return heard[-1]
        time.sleep(0.1)
    return None


def receipt_holds(world: World) -> Iterator[Check]:
    """What she takes home verifies with the published keys alone, and says what she granted."""
    receipt = world.me.get(f"/me/grants/{world.grant}/receipt")
    published = world.nobody.get("/jwks.json")
    world.artifacts |= {"receipt.jws": receipt.body, "jwks.json": published.body}
    keys = KeySet.import_key_set(published.document)  # type: ignore[arg-type]  # checked by the library
    signed = jws.deserialize_compact(receipt.body, keys, algorithms=["Ed25519"])
    yield Check("it is signed with Ed25519", "Ed25519", signed.headers()["alg"])
    record: dict[str, Any] = json.loads(signed.payload)
    stated = record["reg:grant"]
    said = [stated[word] for word in ("id", "person", "agency", "purpose", "sections", "basis")]
    terms = [world.grant, world.person, world.agency(OFFICE), "placement", ["languages"], "consent"]
    yield Check("it says who lets whom see what, for what, on which basis", terms, said)
    yield Check("it is a record of consent", "dpv:ConsentRecord", record["@type"])
    shown = hashlib.sha256(world.nobody.get("/notices/current").document["text"].encode()).hexdigest()
    yield Check("it names the text she was shown", shown, record["dpv:hasNotice"]["reg:sha256"])
    head, payload, signature = receipt.body.decode().split(".")
    flipped = f"{head}.{payload[:40]}{'A' if payload[40] != 'A' else 'B'}{payload[41:]}.{signature}"
    yield Check("with one character changed it does not verify", "refused", _verdict(flipped, keys))
    again = world.me.get(f"/me/grants/{world.grant}/receipt")
    yield Check("taken again it is the same", receipt.body.decode(), again.body.decode())


def she_withdraws(world: World) -> Iterator[Check]:
    """Withdrawing is one request; the next one finds nothing, the key is another, and the office is told."""
    languages = Compartment.LANGUAGES_CORE.value
    world.before = world.grant_rows()
    earlier = Said(*world.main.rows(_LINE, world.grant, world.grant)[0])
    epoch = world.main.count(_EPOCH, world.appearance, languages)
    ended = world.me.delete(f"/me/grants/{world.grant}")
    yield Check("she withdraws", ["200", "withdrawn"], [ended.told, ended.document["status"]])
    yield Check("the next request finds nobody", world.nobodys(OFFICE).face, world.reads(OFFICE).face)
    yield Check("what the officer opened before opens nothing any more", "refused", _reopened(world, earlier))
    wraps = [list(row) for row in world.main.rows(_WRAPS, world.appearance)]
    yield Check("the office's key is gone", [], wraps)
    rotated = world.main.count(_EPOCH, world.appearance, languages)
    yield Check("her languages are sealed with the next key", epoch + 1, rotated)
    yield Check("older keys are below the floor", rotated, world.shred.count(_FLOOR, world.appearance, languages))
    recalls = [list(row) for row in world.main.rows(_RECALLS, world.grant)]
    yield Check("a recall waits for the office's acknowledgement", [[world.agency(OFFICE), True]], recalls)
    again = world.me.delete(f"/me/grants/{world.grant}")
    yield Check("a grant ends once", "409 grant-ended", again.told)
    listed = [[one["id"], one["status"]] for one in world.me.get("/me/grants").document["grants"]]
    yield Check("in her list it is withdrawn", [[world.grant, "withdrawn"]], listed)


def _verdict(receipt: str, keys: KeySet) -> str:
    try:
        jws.deserialize_compact(receipt, keys, algorithms=["Ed25519"])
    except BadSignatureError:
        return "refused"
    return "verified"


def _reopened(world: World, said: Said) -> str:
    """Ask the keeper itself, as somebody could who has taken over the web process and the officer's session."""
    keeper = Keeper()
    keeper.configure(places.keeper(world.stack.run_dir, "web"))
    try:
        opened = keeper.ask(
            messages.Open(said, session=token_of(world.desks[OFFICE].token or "")), messages.Plaintext
        ).opened
    except KeeperRefused:
        return "refused"
    finally:
        keeper.close()
    return f"opened {len(opened)}"

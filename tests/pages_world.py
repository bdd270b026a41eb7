"""Somebody whom every page has something for, and whoever sends forms: with them all pages can be tried alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from registry import bootstrap
from registry.auth.sessions import bearer
from registry.casework import ending, requesting
from registry.casework.admission import passkeys
from registry.casework.herself import meanwhile, stating
from registry.casework.requesting import Question
from registry.db import Sessions
from registry.edge.guards import ANYBODY, CASE_WORK, PROTECT, SIGNED_IN
from registry.web import signed
from registry.web.addresses import PAGES, Page
from schemas.compartments import Section
from schemas.vocabularies.access import Purpose, RequestReason, Role
from tests.authenticators import Authenticator
from tests.identities import Said, entries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.test import TestResponse

    from registry.actors import Officer
    from tests.api_client import Api
    from tests.house import Letter

NADIR = Said(family="Barakzai", given="Nadir Shah", born="1979-06-21")
SKILL = {"kind": "skills.skill", "value": {"name": "sewing"}}
BASE = "https://einmal.example"
#: Every page that takes a form.
FORMS = tuple(page for page in PAGES if page.method == "POST")


@dataclass(frozen=True, slots=True)
class World:
    """Somebody with a letter, a request to answer and a record to confirm; and the clerk who serves her."""

    api: Api
    clerk: Officer
    protector: Officer  #: the data protection officer of the clerk's office
    letter: Letter
    named: Mapping[str, str]  #: what addresses name

    def send(self, path: str, token: bytes | None, fields: Mapping[str, str]) -> TestResponse:
        """Send a form of ours in Arabic, with somebody's session."""
        browser = self.api.app.test_client()
        own = {}
        if token is not None:
            browser.set_cookie(signed.COOKIE, bearer(token), domain="einmal.example", secure=True)
            own = {signed.FIELD: signed._form_token(token)}
        return browser.post(f"/ar{path}", data={**own, **fields}, base_url=BASE)

    def path(self, page: Page) -> str:
        """Return where a page is for them."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: self.named[found[1]], page.rule)
        return f"{path}?purpose=placement" if page.rule.endswith("/ask") else path

    def tokens(self, page: Page, hers: bytes) -> list[bytes | None]:
        """Return the sessions of everybody whom a page is for."""
        return [hers, self.clerk.token] if page.guard is SIGNED_IN else [self.token(page, hers)]

    def token(self, page: Page, hers: bytes) -> bytes | None:
        """Return the session of whoever a page is for."""
        officers = {CASE_WORK: self.clerk, PROTECT: self.protector}
        return None if page.guard is ANYBODY else officers[page.guard].token if page.guard in officers else hers


def peopled(api: Api) -> World:
    """Return somebody whom two offices recorded, of which one gave her a letter; needs a house with a linker."""
    house, clerk, other = api.house, api.house.officer("Agentur"), api.officer("Jobcenter Stuttgart")
    person = house.create(clerk, entries(NADIR)).person_id
    found = other.post("/api/v1/matches", {"entries": entries(NADIR)}).get_json()["matches"][0]["id"]
    second = other.post("/api/v1/persons", {"entries": entries(NADIR), "same_as": found}).get_json()
    assert second["linked"]
    wanted = frozenset({Section.LANGUAGES})
    question = Question(purpose=Purpose.PLACEMENT, sections=wanted, reason=RequestReason.PLACEMENT_OFFER)
    officer = house.officer("Agentur", "case-officer")
    request = requesting.ask(person, question, actor=officer, now=house.clock.now())
    named = {
        "person_id": str(person),
        "appearance_id": second["appearance"],
        "request_id": str(request.id),
        "agency_id": api.agency("Jobcenter Köln"),
        "purpose": "placement",
        "grant_id": str(uuid4()),
        "link_id": str(uuid4()),
        "alarm_id": str(uuid4()),
    }
    letter = house.letter(clerk, person)
    named |= _said_meanwhile(api, letter)
    protector = enrolled(api, "Agentur", Role.DATA_PROTECTION_OFFICER)
    return World(api, clerk, protector, letter, named | {"passkey_id": str(with_device(api, letter))})


def enrolled(api: Api, agency: str, *roles: Role) -> Officer:
    """Enrol one more officer of an office, and sign her in."""
    house, office = api.house, api.house.agency(agency)
    login = f"{roles[0]}@{office.id}"
    house.speak_as("cli")
    approvals = [bootstrap.sign_in(house.book, one) for one in house.book.administrators]
    bootstrap._enrol(house.book, office.officers, approvals, login=login, roles=roles, agency=UUID(office.id))
    house.speak_as("web")
    return house.signed_in(next(one for one in office.officers if one.login == login))


def _said_meanwhile(api: Api, letter: Letter) -> dict[str, str]:
    """Let her say something while a third office's record is linked to her, which she then gives back."""
    office, now = api.officer("Jobcenter Essen"), api.house.clock.now()
    found = office.post("/api/v1/matches", {"entries": entries(NADIR)}).get_json()["matches"][0]["id"]
    third = office.post("/api/v1/persons", {"entries": entries(NADIR), "same_as": found}).get_json()
    she = api.house.person(letter)
    with Sessions.begin() as session:
        said = stating.state(session, SKILL, actor=she, now=api.house.clock.now())
    ending.give_back(UUID(third["appearance"]), actor=she, now=now)
    with Sessions() as session:
        (question,) = meanwhile.waiting(session, she)
    return {"topic": "skills", "entry_id": str(said.entry.id), "link_id": str(question.linked.link)}


def with_device(api: Api, letter: Letter, phone: Authenticator | None = None) -> UUID:
    """Add a phone to whoever holds a letter, against its last code; return its id."""
    she, now = api.house.person(letter), api.house.clock.now()
    asked = passkeys.ask("add", actor=she)
    made = (phone or Authenticator()).create(asked.challenge, asked.user)
    with Sessions.begin() as session:
        return passkeys.add(session, made, letter.proof(len(letter.codes)), actor=she, now=now)

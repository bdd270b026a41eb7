"""What anybody may say to a keeper that has something to lose: whatever it is, only who has a right gets anything.

The test's process furnishes a house, writes down who may what (`Rights`), and stops its keeper; the fuzzer's process
starts one on the same databases, at a moment that stands still, and asks it as its sockets would.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import msgspec

from registry.config import Settings
from registry.keeper.server import OPERATIONS, Keeper
from registry.wire import admitting, decisions, delivering, messages
from schemas.vocabularies.access import Purpose
from tests.keeper_writer import COMPARTMENTS
from tests.second.targets import Broken, insist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.keeper_machine import Stage
    from tests.second.targets import Target

#: Stands in every document that is sealed; may come out only where something is opened.
CANARY = "canary-5f2c"
ROLES = tuple(sorted(OPERATIONS))
#: Answers that give nothing away, whoever asked.
_FREE = (messages.Refused, messages.Done, messages.Keys)
_TWO = (Purpose.PLACEMENT, Purpose.COUNSELLING)


class Rights(msgspec.Struct, frozen=True):
    """Who may what, and how to come to the keeper's databases."""

    database_url: str
    shred_database_url: str
    root_key_file: str
    linker_key_file: str
    home: str
    starts: datetime
    now: datetime
    agency: UUID  #: whose worker's socket is fuzzed
    tokens: list[bytes]
    opening: list[tuple[bytes, UUID, list[str]]]  #: session or run, appearance and compartments that it may open
    signing_in: list[tuple[str | None, str | None, str | None]]  #: login, password and code; or None, letter code, PIN
    codes: list[list[str]]  #: PIN and numbered code of the letter
    runs: list[UUID]
    records: dict[UUID, bytes]
    seeds: list[bytes]


@dataclass(slots=True)
class Trial:
    """A running keeper, and what has been used up."""

    keeper: Keeper
    rights: Rights

    def __call__(self, data: bytes) -> messages.Answer | None:
        """Say everything but the first byte on the socket that it chooses; return an answer that took a right."""
        role, body = ROLES[data[0] % len(ROLES)] if data else "web", data[1:]
        agency = self.rights.agency if role == "worker" else None
        answered = self.keeper._answered_in_bytes(body, role=role, agency=agency)
        answer = messages.ANSWERS.decode(answered)
        insist(that=answer != messages.Refused("failed"), promise="the keeper stumbled")
        if isinstance(answer, _FREE):
            insist(that=CANARY.encode() not in answered, promise="a document came out of a refusal")
            return None
        asked = messages.QUESTIONS.decode(body)
        insist(that=type(asked) in OPERATIONS[role], promise="an operation was answered on another socket")
        self._insist_on_right(asked, answer, role)
        insist(
            that=isinstance(answer, messages.Plaintext) or CANARY.encode() not in answered,
            promise="a document came out of an answer that opens nothing",
        )
        return answer

    def _insist_on_right(self, asked: Any, answer: messages.Answer, role: str) -> None:  # noqa: ANN401 - any question
        match answer:
            case messages.Plaintext():
                right = all(self._may_open(asked, one) for one in answer.opened)
            case admitting.SignedIn():
                who = (asked.login, asked.password, asked.totp) if asked.login else (None, asked.letter_code, asked.pin)
                right = who in self.rights.signing_in
            case messages.Signature():
                right = self.rights.records.get(asked.grant_id) == asked.record
            case messages.Pruned() | messages.Rotated() if role == "housekeeper":
                right = True  # by the keeper's own clock; it only ever closes
            case messages.Wrapped() if isinstance(asked.proof, messages.OfficersProof):
                right = asked.proof.first != asked.proof.second
                right = right and {asked.proof.first, asked.proof.second} <= {*self.rights.tokens}
            case messages.Wrapped():
                right = asked.session in self.rights.tokens and [asked.proof.pin, asked.proof.code] in self.rights.codes
            case delivering.Grants():
                right = asked.run in self.rights.runs
            case _:
                right = bool(_shown(asked) & {*self.rights.tokens, *self.rights.runs})
        insist(that=right, promise=f"{type(answer).__name__} without a right to it")

    def _may_open(self, asked: Any, one: messages.Opened) -> bool:  # noqa: ANN401 - any question
        shown = _shown(asked)
        return any(
            who in {*shown, *(run.bytes for run in shown if isinstance(run, UUID))}
            and one.appearance_id == appearance
            and one.compartment in compartments
            for who, appearance, compartments in self.rights.opening
        )


def _shown(asked: Any) -> set[object]:  # noqa: ANN401 - any question
    """Return what a question shows as a right: sessions, or a run."""
    shown = {getattr(asked, name, None) for name in ("session", "second", "run")} - {None}
    approvals: Sequence[bytes] = getattr(asked, "approvals", ())
    return shown | set(approvals)


def prepared(name: str, written: str) -> Target:
    """Start a keeper on the databases of a house that was furnished before; its clock stands still."""
    if name != "keeper":
        raise Broken(f"there is no target {name}")
    rights = _rights(written)
    moments = iter([rights.starts])
    settings = Settings(
        process="keeper",
        env="test",
        home=Path(rights.home),
        run_dir=Path(rights.home),
        database_url=rights.database_url,
        shred_database_url=rights.shred_database_url,
        root_key_file=Path(rights.root_key_file),
        linker_key_file=Path(rights.linker_key_file),
        idle_minutes=600,
    )
    trial = Trial(Keeper(settings, now=lambda: next(moments, rights.now)), rights)
    return lambda data: _silent(trial(data))


def _silent(_: object) -> None:
    """Return nothing, as libFuzzer wants it."""


@cache
def _rights(written: str) -> Rights:
    _WORDS.clear()
    rights = msgspec.msgpack.decode(Path(written).read_bytes(), type=Rights)
    _WORDS.extend(word for seed in rights.seeds for word in _leaves(msgspec.msgpack.decode(seed[1:])))
    return rights


#: Values that stand anywhere in the genuine questions: put elsewhere, they make others.
_WORDS: list[Any] = []


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """Exchange parts of a question that can be read for parts of others; change bytes of any other."""
    dice = random.Random(seed)  # noqa: S311 - to be the same each time
    try:
        asked = msgspec.msgpack.decode(data[1:])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError):
        asked = None
    if not isinstance(asked, dict) or not asked or dice.random() < 0.3:
        return _scratched(data, dice)[:most]
    for _ in range(dice.randint(1, 2)):
        name = dice.choice(list(asked))
        asked[name] = _another(asked[name], dice)
    role = data[:1] if dice.random() < 0.8 else dice.randbytes(1)
    return (role + msgspec.msgpack.encode(asked))[:most]


def _another(value: Any, dice: random.Random) -> Any:  # noqa: ANN401 - any part of a question
    match dice.randrange(6):
        case 0 if isinstance(value, bytes | str) and value:
            return value[: dice.randint(0, len(value))]
        case 1 if isinstance(value, bytes) and value:
            return _scratched(value, dice)
        case 2 if isinstance(value, list) and value:
            return [*value, dice.choice(value)] if dice.random() < 0.5 else value[1:]
        case 3 if isinstance(value, dict) and value:
            name = dice.choice(list(value))
            return {**value, name: _another(value[name], dice)}
        case 4:
            return dice.choice((None, "", b"", 0, -1, 2**63, [], {}, True, str(uuid4())))
        case _:
            alike = [word for word in _WORDS if type(word) is type(value)]
            return dice.choice(alike or [value])


def _scratched(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(changed) + 1)
        if dice.random() < 0.2:
            del changed[at : at + dice.randint(1, 4)]
        elif dice.random() < 0.3:
            changed[at:at] = dice.randbytes(dice.randint(1, 4))
        elif at < len(changed):
            changed[at] = dice.randrange(256)
        changed = changed or bytearray(1)
    return bytes(changed)


def _leaves(value: Any) -> list[Any]:  # noqa: ANN401 - any part of a question
    if isinstance(value, dict):
        return [value, *(leaf for one in value.values() for leaf in _leaves(one))]
    if isinstance(value, list):
        return [value, *(leaf for one in value for leaf in _leaves(one))]
    return [value]


def written(stage: Stage, rights: Rights) -> Path:
    """Write down who may what, where the fuzzer's process finds it."""
    path = stage.house.settings.home / "rights"
    path.write_bytes(msgspec.msgpack.encode(rights))
    return path


def furnished(stage: Stage) -> Rights:
    """Let a person be recorded, grant and be looked at, so that there is something to steal; return who may what."""
    stage.pass_time(hours=1)
    clerk, approver = stage.officer("Agentur"), stage.officer("Agentur", "approver")
    administrator = stage.officer("Agentur", "administrator")
    officer = stage.officer("Jobcenter Köln")
    hers, other = stage.born(clerk, 2, text=CANARY)
    letter = stage.letter(clerk, hers.person_id)
    person = stage.person(letter)
    wish = stage.wish(hers.person_id, officer.office, [hers.id], lasts=timedelta(days=365))
    grant = stage.give(wish, letter.proof(1), person=person)
    run = stage.run(administrator)
    wishes = [stage.wish(hers.person_id, officer.office, [hers.id], purpose=purpose) for purpose in _TWO]
    settings, now = stage.house.settings, stage.now()
    everything = list(COMPARTMENTS)
    opening = [(officer.token, hers.id, grant.compartments), (person.token, hers.id, everything)]
    opening += [(who, one.id, everything) for who in (clerk.token, approver.token, run.bytes) for one in (hers, other)]
    known = stage.agency("Agentur").officer("approver")
    password = admitting.SignIn(login=known.login, password=known.password, totp="000000")
    by_letter = admitting.SignIn(letter_code=letter.code, pin="271828")
    asked: list[Any] = [
        messages.Ping(), messages.PublicKeys(), password, by_letter,
        messages.Open(stage.claim([hers], grant), session=officer.token), stage.looking(person, [hers.id]),
        messages.Open(stage.claim([hers]), session=clerk.token),
        admitting.Touch(clerk.token), messages.OpenRun(administrator.token, "import", 5),
        admitting.EnrolAgency([administrator.token, approver.token], "Amt", "ba", None),
        admitting.EnrolOfficer([administrator.token], clerk.agency, "new@ba", "Neu", ["clerk"], "a long password"),
        admitting.EnrolLetter(clerk.token, other.person_id, "314159"),
        admitting.EnrolFirst("a@b", "A", "a long password"),
        messages.Write([messages.WriteRecord({})], session=clerk.token), messages.Open(stage.claim([other]), run=run),
        messages.Write([messages.WriteRecord({})], run=run), delivering.NameGrants(run),
        messages.Wrap(stage.record(wishes[0]), letter.proof(2), session=person.token),
        messages.Wrap(stage.record(wishes[1]), messages.OfficersProof(clerk.token, approver.token, letter.code)),
        messages.Rotate(grant.id), messages.Settle([hers.id]), messages.Prune([hers.id, other.id]),
        messages.OrderErasure(clerk.token, approver.token, other.person_id), messages.Erase(uuid4()),
        messages.Sign(grant.id, stage.records[grant.id]), admitting.SignOut(b"x" * 32),
        decisions.Match(clerk.token, b'{"entries":[]}'), decisions.Hint(clerk.token, b"x"),
        decisions.Link([b"x"], session=clerk.token), decisions.Identify([hers.id], session=clerk.token),
        decisions.Decide(clerk.token, uuid4(), same=True), decisions.Unlink(clerk.token, hers.id),
        decisions.Confirm(person.token, hers.id, letter.proof(3)),
    ]  # fmt: skip
    return Rights(
        database_url=settings.database_url,
        shred_database_url=settings.shred_database_url,
        root_key_file=str(settings.root_key_file),
        linker_key_file=str(settings.linker_key_file),
        home=str(settings.home),
        starts=now - timedelta(minutes=2),
        now=stage.now(),
        agency=clerk.office,
        tokens=[one.token for one in (clerk, approver, administrator, officer, person)],
        opening=opening,
        signing_in=[(None, letter.code, "271828")],
        codes=[["271828", code] for code in letter.codes],
        runs=[run],
        records={grant.id: stage.records[grant.id]},
        seeds=[bytes((_role(one),)) + messages.ENCODER.encode(one) for one in asked],
    )


def _role(asked: object) -> int:
    """Return the number of a socket that has this operation; of a run's, the worker's."""
    of_run = getattr(asked, "run", None) is not None
    possible = [role for role in ROLES if type(asked) in OPERATIONS[role] and (role == "worker") == of_run]
    return ROLES.index(possible[0])

"""The keeper's sockets: each has its own list of operations, and no bytes of anybody stop the keeper."""

from __future__ import annotations

import random
import socket
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING, get_args
from uuid import UUID, uuid4

import msgspec
import psutil
import pytest

from registry.keeper.server import OPERATIONS
from registry.wire import admitting, decisions, delivering, messages, rotating
from registry.wire.asking import CodeProof, Message
from registry.wire.messages import Document, WriteRecord
from registry.wire.sockets import frames, places
from registry.wire.upkeep import restoring
from tests.keeper_machine import Stage, document, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry.ops.postgres import Pair
    from registry.ops.roles import Logins

ID, TOKEN = uuid4(), b"invented"
#: One of each question; what it says is wrong, but it is well formed.
QUESTIONS: tuple[Message, ...] = (
    messages.Ping(),
    messages.Ready(),
    messages.PublicKeys(),
    admitting.EnrolFirst("a", "b", "c"),
    admitting.EnrolAgency([], "a", "ba", None),
    admitting.EnrolOfficer([], None, "a", "b", [], "c"),
    admitting.EnrolLetter(TOKEN, ID, "1"),
    admitting.AskChallenge("anything"),
    admitting.EnrolPasskey(TOKEN, b"{}", CodeProof("1", 1, "a")),
    admitting.RemovePasskey(TOKEN, ID, CodeProof("1", 1, "a")),
    admitting.EnrolCertificate([], ID, b""),
    admitting.EnrolIdentity([], ID, "a", "b"),
    admitting.RevokeCredential(TOKEN, ID),
    admitting.SignIn(),
    admitting.SignOut(TOKEN),
    admitting.Touch(TOKEN),
    messages.OpenRun(TOKEN, "import", 1),
    messages.Open(messages.Said(ID, [ID], ["languages.core"]), session=TOKEN),
    messages.OpenSelf(TOKEN, [ID], ["languages.core"]),
    messages.Write([], session=TOKEN),
    messages.Wrap(b"", CodeProof("1", 1, "a")),
    messages.Rotate(ID),
    messages.Settle([]),
    messages.Prune([ID]),
    messages.Trim([ID]),
    messages.OrderErasure(TOKEN),
    messages.Erase(ID),
    messages.Sign(ID, b""),
    delivering.NameGrants(ID),
    decisions.Match(TOKEN, b""),
    decisions.Hint(TOKEN, b""),
    decisions.Link([], session=TOKEN),
    decisions.Identify([], session=TOKEN),
    decisions.Decide(TOKEN, ID, same=True),
    decisions.Confirm(TOKEN, ID, CodeProof("1", 1, "a")),
    decisions.Unlink(TOKEN, ID),
    rotating.OrderRun([], "rekey", "agency"),
    rotating.Renew(ID),
    rotating.Rekey(ID),
    rotating.DestroyKey(ID),
    rotating.TellKeys(),
    restoring.TellHead(),
    restoring.Replay(0, []),
    restoring.EndAgain(ID),
    restoring.SeparateAgain(ID),
    restoring.LiftSunken(),
    restoring.Reopen(),
)
#: Who may ask what, said once more (design, section 4).
ADMINISTRATION = {"EnrolAgency", "EnrolOfficer", "OpenRun", "SignIn", "SignOut"} | {
    "EnrolCertificate",
    "EnrolIdentity",
    "RevokeCredential",
}
PERSONS = {
    "EnrolLetter",
    "AskChallenge",
    "EnrolPasskey",
    "RemovePasskey",
    "Touch",
    "Open",
    "OpenSelf",
    "Write",
    "Wrap",
    "Rotate",
    "Settle",
    "OrderErasure",
    "Erase",
    "Sign",
}
WHO_IS_WHO = {"Match", "Hint", "Link", "Identify", "Decide", "Confirm", "Unlink"}
REPLAYING = {"Replay", "EndAgain", "SeparateAgain", "LiftSunken", "Reopen"}
ALLOWED = {
    "web": ADMINISTRATION | PERSONS | WHO_IS_WHO | {"Ready"},
    "cli": ADMINISTRATION | {"EnrolFirst", "OrderRun", "Renew", "DestroyKey", "TellKeys"} | REPLAYING,
    "worker": {"Write", "Open", "NameGrants", "Link", "Identify"},
    "housekeeper": {"Rotate", "Settle", "Prune", "Trim", "Erase", "Renew", "Rekey"},
}


@pytest.fixture(scope="module")
def stage(clusters: Pair, template_pair: str, test_logins: Logins) -> Iterator[Stage]:
    with open_stage(clusters, template_pair, test_logins) as opened:
        yield opened


def role_of(stage: Stage, role: str) -> str:
    return f"worker-{stage.agency('BAMF').id}" if role == "worker" else role


def connect(stage: Stage, role: str = "web") -> socket.socket:
    """Return a bare connection to the keeper; whoever asks closes it."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(places.keeper(stage.house.settings.run_dir, role)))
    connection.settimeout(30)
    return connection


def say(stage: Stage, body: bytes) -> messages.Answer:
    """Send one body and return the answer."""
    with connect(stage) as connection:
        frames.send(connection, body)
        answered = frames.receive(connection)
    assert answered is not None
    return messages.ANSWERS.decode(answered)


def serves(stage: Stage) -> bool:
    """Say whether the keeper still answers on a fresh connection."""
    return say(stage, messages.ENCODER.encode(messages.Ping())) == messages.Done()


def test_the_list_of_questions_is_complete() -> None:
    assert {type(question) for question in QUESTIONS} == set(get_args(messages.Question))
    assert set(OPERATIONS) == set(ALLOWED)


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
def test_each_socket_has_its_own_operations_and_no_others(stage: Stage, role: str, question: Message) -> None:
    name = type(question).__name__
    if name in {"Ping", "PublicKeys", "TellHead"} or (name, role) in {("TellKeys", "cli"), ("Ready", "web")}:
        assert stage.ask(question, object, role=role_of(stage, role))  # type: ignore[arg-type]  # one of the union
        return
    reason = stage.refused(question, role=role_of(stage, role))  # type: ignore[arg-type]  # one of the union
    assert (reason == "operation.not-here") == (name not in ALLOWED[role])
    assert reason != "failed"


def test_sockets_are_for_their_owner_only(stage: Stage) -> None:
    sockets = list((stage.house.settings.run_dir / "keeper").glob("*.sock"))
    assert len(sockets) == 3 + len(stage.house.book.agencies)
    assert {path.stat().st_mode & 0o777 for path in sockets} == {0o600}


def test_no_question_names_who_asks() -> None:
    """Agency, officer and role follow from session, run and socket (research/security.md, goal 2)."""
    for question in QUESTIONS:
        if not type(question).__name__.startswith("Enrol"):  # these name whom they are about
            assert not {"agency", "agency_id", "officer", "officer_id", "role", "roles"} & set(
                question.__struct_fields__
            )


MALFORMED = {
    "nothing": b"",
    "nil": b"\xc0",
    "a number": b"\x07",
    "an empty map": b"\x80",
    "an unknown operation": msgspec.msgpack.encode({"op": "give-me-keys"}),
    "an operation that is none": msgspec.msgpack.encode({"op": 7}),
    "a missing part": msgspec.msgpack.encode({"op": "open"}),
    "a part too many": msgspec.msgpack.encode({"op": "ping", "agency": "x"}),
    "a wrong type": msgspec.msgpack.encode({"op": "sign-out", "session": 7}),
    "an id that is none": msgspec.msgpack.encode({"op": "erase", "erasure_id": "x"}),
    "an answer": messages.ENCODER.encode(messages.Done()),
    "two questions": messages.ENCODER.encode(messages.Ping()) * 2,
    "half a question": messages.ENCODER.encode(admitting.SignOut(b"x" * 40))[:-9],
    "a map that claims to be huge": b"\xdf\xff\xff\xff\xff",
    "an array that claims to be huge": b"\xdd\xff\xff\xff\xff",
    "text that claims to be huge": b"\x81\xa2op\xdb\xff\xff\xff\xff",
    "text that is none": b"\x81\xa2op\xa2\xff\xfe",
    "maps in maps": b"\x81\xa1a" * 100_000 + b"\xc0",
    "arrays in arrays": b"\x91" * 1_000_000,
    "deep parts of a question": b"\x82\xa2op\xa4ping\xa1x" + b"\x91" * 1_000_000 + b"\xc0",
    "deep approvals": b"\x82\xa2op\xacenrol-agency\xa9approvals" + b"\x91" * 500_000 + b"\xc0",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_question_is_refused(stage: Stage, body: bytes) -> None:
    assert say(stage, body) == messages.Refused("operation.malformed")
    assert serves(stage)


def test_words_that_no_database_stores_are_refused(stage: Stage) -> None:
    """NUL, what is no text, numbers beyond every column."""
    for question in (
        admitting.SignIn(login="a\0b", password="x", totp="1"),
        messages.OpenRun(b"\0" * 1000, "import", 2**63),
        admitting.EnrolLetter(b"", ID, "١٢٣٤٥٦"),
        messages.Settle([ID] * 1001),
        messages.Write([WriteRecord({"languages.core": Document(b'{"entries":' + b"[" * 10_000)})], session=b""),
    ):
        assert stage.refused(question)
    assert serves(stage)


def test_a_frame_that_breaks_off_or_claims_too_much_ends_its_connection_only(stage: Stage) -> None:
    body = messages.ENCODER.encode(messages.Ping())
    whole = struct.pack(">I", len(body)) + body
    with connect(stage) as honest:
        for broken in (whole[:1], whole[:3], whole[:-1], struct.pack(">I", frames.LIMIT_BYTES + 1), b"\xff" * 8):
            with connect(stage) as connection:
                connection.sendall(broken)
                connection.shutdown(socket.SHUT_WR)
                with suppress(ConnectionResetError):  # what it did not read it does not want
                    assert connection.recv(1) == b""
        frames.send(honest, body)
        assert frames.receive(honest) is not None
    assert serves(stage)


def test_a_frame_may_come_in_crumbs_and_several_at_once(stage: Stage) -> None:
    body = messages.ENCODER.encode(messages.Ping())
    whole = struct.pack(">I", len(body)) + body
    with connect(stage) as connection:
        for at in range(len(whole)):
            connection.sendall(whole[at : at + 1])
        assert frames.receive(connection)
        connection.sendall(whole * 20)
        assert all(frames.receive(connection) for _ in range(20))


def test_random_bytes_are_refused_and_the_keeper_keeps_serving(stage: Stage) -> None:
    dice = random.Random(2)  # noqa: S311 - to be the same each time
    genuine = [messages.ENCODER.encode(question) for question in QUESTIONS]
    with connect(stage) as connection:
        for at in range(400):
            body = dice.randbytes(dice.randint(0, 300))
            if at % 2:
                body = mangled(dice.choice(genuine), dice)
            frames.send(connection, body)
            answered = frames.receive(connection)
            assert answered is not None
            answer = messages.ANSWERS.decode(answered)
            assert isinstance(answer, messages.Refused | messages.Done | messages.Keys)
            assert answer != messages.Refused("failed")
    assert serves(stage)


def mangled(body: bytes, dice: random.Random) -> bytes:
    """Return a genuine question with some bytes changed."""
    broken = bytearray(body)
    for _ in range(dice.randint(1, 3)):
        broken[dice.randrange(len(broken))] = dice.randrange(256)
    return bytes(broken)


def test_connections_that_say_nothing_keep_nobody_waiting(stage: Stage) -> None:
    silent = [connect(stage) for _ in range(100)]
    for connection in silent[::2]:
        connection.sendall(b"\0\0\0")
    assert serves(stage)
    for connection in silent:
        connection.close()


def test_an_answer_that_fits_no_frame_is_a_refusal_and_the_connection_lives(stage: Stage) -> None:
    """Every record makes a ciphertext for every compartment: a question may fit where its answer does not."""
    clerk = stage.officer("Agentur")
    large = WriteRecord({"languages.core": document("languages.core", clerk, text="x" * 31_000)})
    question = messages.Write([large] * 1000, session=clerk.token)
    assert len(messages.ENCODER.encode(question)) < frames.LIMIT_BYTES
    assert stage.refused(question) == "answer.too-long"
    assert stage.ask(messages.Ping(), messages.Done)


def test_a_thousand_and_one_records_or_none_are_no_batch(stage: Stage) -> None:
    clerk = stage.officer("Agentur")
    for records in ([], [WriteRecord({})] * 1001):
        assert stage.refused(messages.Write(records, session=clerk.token)) == "write.form"


def strangers(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


def test_as_much_is_asked_at_once_as_fits_one_answer_and_not_one_more(stage: Stage) -> None:
    """Who asks is the house's own sweep: what it may ask for must go on being answered."""
    for question, role, code in (
        (messages.Settle([]), "web", "settle.form"),
        (messages.Settle(strangers(1001)), "web", "settle.form"),
        (messages.Prune([]), "housekeeper", "prune.form"),
        (messages.Prune(strangers(51)), "housekeeper", "prune.form"),
        (messages.Prune(strangers(50)), "housekeeper", "prune.not-due"),
        (messages.Trim(strangers(50)), "housekeeper", "trim.nothing-above"),
        (admitting.AskChallenge("sign-in", bytes(65_537)), "web", "challenge.form"),
    ):
        assert stage.refused(question, role=role) == code
    assert stage.ask(messages.Settle(strangers(1000)), messages.Done)
    assert stage.ask(admitting.AskChallenge("sign-in", bytes(65_536)), admitting.Challenge)
    administrator = stage.officer("Agentur", "administrator")
    assert stage.ask(messages.OpenRun(administrator.token, "import", 10_000_000), messages.RunOpened)


def test_nothing_is_left_open_when_connections_end(stage: Stage) -> None:
    """Threads, sockets and the database connections of their threads."""
    assert serves(stage)
    before = psutil.Process().num_fds()
    for _ in range(30):
        with connect(stage) as connection:
            for question in (messages.Ping(), admitting.SignOut(TOKEN)):
                frames.send(connection, messages.ENCODER.encode(question))
                assert frames.receive(connection)
    deadline = time.monotonic() + 10
    while psutil.Process().num_fds() > before + 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert psutil.Process().num_fds() <= before + 3

"""The drill: back-ups are taken, life goes on, and the back-ups come back; what had ended stays ended."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import convert, to_builtins
from sqlalchemy import select

from registry.app import ENGINE, create_app
from registry.audit import log, sequencer
from registry.audit.models import AuditLine
from registry.auth.sessions import SignInRefused, bearer
from registry.casework.restoring import export_file, replaying
from registry.casework.restoring.export_file import ExportRefused
from registry.crypto import envelope, signing
from registry.db import Sessions
from registry.errors import OperationError
from registry.keeper.gate.gate import HEAD_TYPE, said_of
from registry.keeper.store import succession
from registry.keys.client import KEEPER, KeeperClosed, KeeperRefused
from registry.lines import leaf_of, link
from registry.ops.copies import bringing_back
from registry.wire import admitting, decisions, messages
from registry.wire.upkeep import restoring
from registry.wire.upkeep.restoring import LineRow
from schemas.canonical import canonical
from tests.house import PIN, House, open_house
from tests.keeper_writer import Writer
from tests.restore_drill import LANGUAGES, SILENT, Drill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from registry.actors import Officer
    from tests.conftest import DatabasePair


MONTH = timedelta(days=30)


@pytest.fixture
def house(database_pair: DatabasePair) -> Iterator[House]:
    with open_house(database_pair) as opened:
        yield opened


@pytest.fixture
def drill(house: House) -> Drill:
    return Drill(house, house.officer("Agentur"))


class Story:
    """Three persons grant before the back-up; after it one withdraws, one is erased, one stays, one comes."""

    def __init__(self, drill: Drill, folder: Path) -> None:
        self.drill, self.folder = drill, folder
        self.withdrawing, self.erased, self.staying = (drill.create() for _ in range(3))
        self.ended = drill.give(self.withdrawing, "Jobcenter Köln", lasts=MONTH)
        self.other = drill.give(self.withdrawing, "Jobcenter Stuttgart", lasts=MONTH)
        self.gone = drill.give(self.erased, "Jobcenter Köln", lasts=MONTH)
        self.living = drill.give(self.staying, "Jobcenter Köln", lasts=MONTH)
        for hers in (self.withdrawing, self.erased):
            drill.keep_old_rows(hers)
        drill.order_lines()
        drill.back_up(folder)
        with Sessions() as session:
            self.before = sequencer.length(session)
        drill.withdraw(self.withdrawing, self.ended)
        drill.erase(self.erased)
        self.new = drill.create()
        self.export = drill.export(folder.parent / "log.export")

    def sign_in_anew(self) -> tuple[Officer, Officer]:
        """Return an officer of Köln and of Stuttgart; sessions of before may count no more."""
        self.drill.clerk = self.drill.house.officer("Agentur", "approver")  # the clerk's codes of this minute are used
        return self.drill.house.officer("Jobcenter Köln"), self.drill.house.officer("Jobcenter Stuttgart")

    def insist(self, *, rows_put_back: bool) -> None:
        """What ended opens nothing, whatever rows come back; what lives opens."""
        drill = self.drill
        first, second = self.sign_in_anew()
        assert drill.by_grant(second, self.withdrawing, self.other) == set(LANGUAGES)
        if rows_put_back:
            drill.put_back(self.withdrawing)
            drill.put_back(self.erased)
        assert drill.by_grant(first, self.withdrawing, self.ended) == set()
        assert drill.by_grant(first, self.erased, self.gone) == set()
        assert drill.as_source(self.erased) == set()
        assert not drill.secret_of(self.erased)
        assert drill.by_grant(first, self.staying, self.living) == set(LANGUAGES)


def closed(drill: Drill) -> bool:
    """Say whether the keeper refuses all work, and still answers that it is there."""
    assert KEEPER.ask(messages.Ping(), messages.Done)
    try:
        KEEPER.ask(admitting.SignIn(login=drill.house.book.administrators[0].login), admitting.SignedIn)
    except KeeperClosed:
        return True
    except KeeperRefused:
        return False
    raise AssertionError("somebody came in without a password")


def rewritten(path: Path, change: Callable[[list[dict[str, Any]]], None]) -> Path:
    """Return a copy of an export that somebody changed who knows its form: all digests and the chain hold again."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    chain = bytes.fromhex(lines[0]["chain"])
    for number, line in enumerate(lines[1:-1], start=lines[0]["first"]):
        row = convert([line["line"][name] for name in LineRow.__struct_fields__], LineRow)
        leaf = leaf_of({name: value for name, value in row.values().items() if name != "leaf"})
        line["line"]["leaf"] = to_builtins(leaf)
        chain = link(chain, leaf)
        line |= {"number": number, "chain": chain.hex()}
    body = b"".join(canonical(line) + b"\n" for line in lines[:-1])
    size = lines[0]["first"] + len(lines) - 2
    lines[-1] |= {"size": size, "chain": chain.hex(), "sha256": sha256(body).hexdigest()}
    forged = path.with_suffix(".forged")
    forged.write_bytes(body + canonical(lines[-1]) + b"\n")
    return forged


def test_both_back_ups_open_nothing_before_the_log_is_replayed_and_then_nothing_that_ended(
    drill: Drill, tmp_path: Path
) -> None:
    """The erasure drill (research/security.md, goals 27 and 28)."""
    story = Story(drill, tmp_path / "copy")
    drill.restore(tmp_path / "copy")
    assert closed(drill)
    assert drill.secret_of(story.erased)
    report = drill.replay(story.export)
    assert (report.grants, report.erasures, report.unproved) == (1, 1, 0)
    assert report.lost["person.created"] == 1
    assert report.lines == story.export.size - story.before
    assert not closed(drill)
    drill.order_lines()
    with Sessions() as session:
        assert sequencer.verify(session) > story.export.size
        assert "grant.withdrawn" in {line.event for line in log.lines_about(session, story.withdrawing.id)}
    story.insist(rows_put_back=True)
    drill.stop()
    drill.start()
    assert not closed(drill)


def test_a_main_database_that_alone_came_back_opens_nothing_before_the_log_is_replayed(
    drill: Drill, tmp_path: Path
) -> None:
    """The shred store remembers floors of keys whose rows are lost: what lives gets keys above them."""
    story = Story(drill, tmp_path / "copy")
    drill.restore(tmp_path / "copy", "main")
    assert closed(drill)
    report = drill.replay(story.export)
    assert (report.grants, report.erasures) == (1, 1)
    assert report.lifted > 0
    story.insist(rows_put_back=True)


def test_a_shred_store_that_alone_came_back_ends_again_what_the_log_says(drill: Drill, tmp_path: Path) -> None:
    story = Story(drill, tmp_path / "copy")
    drill.restore(tmp_path / "copy", "shred")
    assert not drill.secret_of(story.erased)
    assert not closed(drill)
    story.insist(rows_put_back=True)


def test_an_end_that_still_waits_for_its_place_is_ended_again_too(drill: Drill, tmp_path: Path) -> None:
    hers = drill.create()
    grant = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    drill.order_lines()
    drill.keep_old_rows(hers)
    drill.back_up(tmp_path / "copy")
    drill.withdraw(hers, grant)
    drill.restore(tmp_path / "copy", "shred")
    drill.put_back(hers)
    assert drill.by_grant(drill.house.officer("Jobcenter Köln"), hers, grant) == set()


def test_after_a_restore_of_the_shred_store_no_session_and_no_letter_of_before_counts(
    drill: Drill, tmp_path: Path
) -> None:
    """Which were ended or voided since is forgotten, so all of them are."""
    hers = drill.create()
    person = drill.house.person(hers.letter)
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    drill.restore(tmp_path / "copy", "shred")
    for token in (person.token, drill.clerk.token):
        with pytest.raises(KeeperRefused) as refused:
            KEEPER.ask(admitting.Touch(token), messages.Done)
        assert refused.value.reason in {"session.ended", "letter.void"}
    with pytest.raises(SignInRefused):
        drill.house.person(hers.letter)
    clerk, approver = drill.house.officer("Agentur"), drill.house.officer("Agentur", "approver")
    alone = admitting.EnrolLetter(clerk.token, hers.id, PIN, old_code=hers.letter.code)
    with pytest.raises(KeeperRefused):
        KEEPER.ask(alone, admitting.Enrolled)
    together = admitting.EnrolLetter(clerk.token, hers.id, PIN, second=approver.token)
    assert KEEPER.ask(together, admitting.Enrolled).letter_code


def _forge_an_end(lines: list[dict[str, Any]]) -> None:
    lines[-2]["line"] |= {"event": "grant.withdrawn", "grants": [], "appearances": []}


def _leave_out_a_line(lines: list[dict[str, Any]]) -> None:
    del lines[-2]


def _swap_two(lines: list[dict[str, Any]]) -> None:
    lines[-2], lines[-3] = lines[-3], lines[-2]


@pytest.mark.parametrize("forge", [_forge_an_end, _leave_out_a_line, _swap_two])
def test_an_export_that_somebody_wrote_anew_is_refused_whole(
    drill: Drill, tmp_path: Path, forge: Callable[[list[dict[str, Any]]], None]
) -> None:
    """Its form holds; what the keeper signed does not."""
    hers = drill.create()
    grant = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    drill.withdraw(hers, grant)
    export = drill.export(tmp_path / "log.export")
    drill.restore(tmp_path / "copy")
    with pytest.raises(ExportRefused, match="No keeper of this registry signed"):
        drill.replay(export_file.check(rewritten(export.path, forge)))
    assert closed(drill)
    assert drill.replay(export).grants == 1


@pytest.mark.parametrize("is_destroyed", [False, True])
def test_an_export_counts_that_was_signed_by_a_key_that_followed_those_of_the_copy(
    drill: Drill, tmp_path: Path, *, is_destroyed: bool
) -> None:
    """The key was renewed twice since; each signed for the next one, also where it is destroyed by now."""
    hers = drill.create()
    grant = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    for version in (2, 3):
        drill.house.keeper.rooms.store.keys.renew("receipts", "", version, now=drill.house.clock.now())
        if is_destroyed:
            drill.house.keeper.rooms.store.keys.destroy("receipts", "", version - 1)
    drill.withdraw(hers, grant)
    export = drill.export(tmp_path / "log.export")
    drill.restore(tmp_path / "copy")
    assert drill.replay(export).grants == 1


def test_a_key_that_no_key_of_this_registry_signed_for_signs_no_export(drill: Drill, tmp_path: Path) -> None:
    drill.create()
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    drill.house.keeper.rooms.store.keys.renew("receipts", "", 2, now=drill.house.clock.now())
    export = drill.export(tmp_path / "log.export")
    drill.restore(tmp_path / "copy")
    first, second = envelope.new_key(), envelope.new_key()
    last = json.loads(export.path.read_bytes().splitlines()[-1])
    head = said_of(export.size, bytes.fromhex(last["chain"]))
    ours, strange = export.keys, succession.vouched(second, 2, before=first)
    for key, words in ((first, []), (second, [strange]), (second, [*ours, strange]), (second, [strange, *ours])):
        with pytest.raises(ExportRefused, match="No keeper of this registry signed"):
            drill.replay(replace(export, head=signing.compact_jws(head, key, typ=HEAD_TYPE), keys=words))
    with pytest.raises(ExportRefused, match="No keeper of this registry signed"):
        drill.replay(replace(export, keys=[]))
    assert closed(drill)
    drill.replay(export)


def test_a_key_that_retired_signs_for_no_other_than_it_did(drill: Drill, tmp_path: Path) -> None:
    """Whoever stole an old key cannot name the next: a store that knows a later one follows that one alone."""
    drill.create()
    drill.order_lines()
    keys = drill.house.keeper.rooms.store.keys
    _, first = keys.ring.active("receipts")
    keys.renew("receipts", "", 2, now=drill.house.clock.now())
    drill.back_up(tmp_path / "copy")
    export = drill.export(tmp_path / "log.export")
    drill.restore(tmp_path / "copy")
    last = json.loads(export.path.read_bytes().splitlines()[-1])
    head = said_of(export.size, bytes.fromhex(last["chain"]))
    evil = envelope.new_key()
    for version in (2, 3):
        words = [*export.keys, succession.vouched(evil, version, before=first)]
        with pytest.raises(ExportRefused, match="No keeper of this registry signed"):
            drill.replay(replace(export, head=signing.compact_jws(head, evil, typ=HEAD_TYPE), keys=words))
    drill.replay(export)


def test_an_export_of_before_the_main_database_was_seen_last_is_too_old(drill: Drill, tmp_path: Path) -> None:
    hers = drill.create()
    drill.order_lines()
    drill.back_up(tmp_path / "copy")
    early = drill.export(tmp_path / "early")
    grant = drill.give(hers, "Jobcenter Köln", lasts=MONTH)
    drill.withdraw(hers, grant)
    drill.order_lines()
    drill.restore(tmp_path / "copy", "main")
    with pytest.raises(ExportRefused, match="take a later one"):
        drill.replay(early)
    assert closed(drill)


def test_who_says_that_no_newer_log_exists_opens_the_registry_as_it_was(drill: Drill, tmp_path: Path) -> None:
    story = Story(drill, tmp_path / "copy")
    drill.restore(tmp_path / "copy")
    with drill.at_the_command_line():
        size = bringing_back.accept_the_log(drill.owned)
        replaying.open_without_log(drill.house.clock.now(), size=size)
    assert not closed(drill)
    first, _ = story.sign_in_anew()
    assert drill.by_grant(first, story.staying, story.living) == set(LANGUAGES)
    with Sessions() as session:
        lines = session.execute(
            select(AuditLine.reason, AuditLine.results).where(AuditLine.event == "registry.restored")
        )
        assert [tuple(line) for line in lines] == [("no-newer-log", story.before)]


def test_offices_and_persons_are_told_that_the_registry_is_being_brought_back(drill: Drill, tmp_path: Path) -> None:
    story = Story(drill, tmp_path / "copy")
    pair = drill.house.pair
    app = create_app(replace(drill.house.settings, process="web", database_url=pair.main_url("web")))
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    app.extensions[ENGINE].dispose()
    drill.restore(tmp_path / "copy")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["code"], answer.headers["Retry-After"]) == (503, "restoring", "60")
    assert client.get("/healthz").status_code == 200
    letter = {"letter_code": story.staying.letter.code, "pin": PIN}
    answer = client.post("/api/v1/sessions", json=letter)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "restoring")
    assert answer.headers["Retry-After"] == "60"
    profile = f"/api/v1/persons/{story.staying.id}/profile?purpose=intake"
    answer = client.get(profile, headers={"Authorization": f"Bearer {bearer(drill.clerk.token)}"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "restoring")


def test_only_a_closed_keeper_replays(drill: Drill) -> None:
    with drill.at_the_command_line():
        for question, answer in (
            (restoring.Replay(0, []), messages.Done),
            (restoring.SeparateAgain(drill.clerk.id), decisions.Unlinked),
            (restoring.LiftSunken(), restoring.Lifted),
            (restoring.Reopen(), restoring.Head),
        ):
            with pytest.raises(KeeperRefused, match="refused"):
                KEEPER.ask(question, answer)


def test_a_log_that_is_shorter_than_it_was_closes_the_running_keeper(drill: Drill) -> None:
    """Somebody cut its end off; what is committed after that opens nothing."""
    drill.order_lines()
    with Writer(drill.house.pair.main_url()) as writer:
        writer.connection.execute("DELETE FROM audit_leaf WHERE number >= (SELECT max(number) FROM audit_leaf)")
    drill.house.keeper.rooms.gate.follow()
    assert closed(drill)


def test_a_back_up_is_refused_where_a_byte_of_it_changed_or_its_manifest_is_missing(
    drill: Drill, tmp_path: Path
) -> None:
    drill.create()
    drill.back_up(tmp_path / "copy")
    changed = tmp_path / "copy" / "main" / "officer.copy"
    content = changed.read_bytes()
    changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(OperationError, match=r"officer\.copy is missing or damaged"):
        bringing_back.checked(tmp_path / "copy", bringing_back.BOTH, SILENT)
    changed.write_bytes(content)
    bringing_back.checked(tmp_path / "copy", bringing_back.BOTH, SILENT)
    (tmp_path / "copy" / "shred" / "manifest.json").unlink()
    with pytest.raises(OperationError, match="half of one"):
        bringing_back.checked(tmp_path / "copy", bringing_back.BOTH, SILENT)


def test_a_back_up_replaces_nothing_unasked_and_nothing_under_somebodys_hands(drill: Drill, tmp_path: Path) -> None:
    drill.create()
    drill.back_up(tmp_path / "copy")
    with pytest.raises(OperationError, match="somebody works"):
        drill.bring_back(tmp_path / "copy")
    drill.stop()
    with pytest.raises(OperationError, match="is not empty"):
        drill.bring_back(tmp_path / "copy", may_replace=False)
    drill.start()
    assert not closed(drill)


def test_files_of_a_back_up_are_their_owners_alone_and_hold_no_key(drill: Drill, tmp_path: Path) -> None:
    drill.create()
    drill.back_up(tmp_path / "copy")
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    settings = drill.house.settings
    keys = [settings.root_key_file.read_bytes(), settings.linker_key_file.read_bytes()]
    keys += [drill.house.keeper.rooms.store.keyring.active(kind)[1] for kind in ("custodian", "rows", "shred")]
    assert not [path for path in files for key in keys if key in path.read_bytes()]

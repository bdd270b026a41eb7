"""A Transit engine as custodian: what its server can do to us, and what its administrator can do to an agency."""

from __future__ import annotations

import base64
import contextlib
import secrets
import socket
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from registry.crypto.errors import CryptoError
from registry.errors import OperationError
from registry.keeper.custody.custodian import CutOff, KeyName
from registry.keeper.custody.transit import ROOT, Transit
from registry.keeper.custody.transit_server import Server
from tests.certificates import Authority
from tests.custodians import Bao, running_bao, secret_file
from tests.scripted_server import Asked, scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAME = KeyName("rows", "", 1)
GOOD = {"type": "aes256-gcm96", "min_decryption_version": 1}
SECRET = b"s" * 32


@pytest.fixture(scope="module")
def bao() -> Iterator[Bao]:
    with running_bao() as running:
        yield running


@pytest.fixture
def mount(bao: Bao) -> str:
    return bao.mount()


@pytest.fixture
def transit(bao: Bao, mount: str) -> Transit:
    made = bao.custodian(mount, bao.token(mount))
    made.make("")
    return made


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(OperationError) as refusal:
        act()
    assert not isinstance(refusal.value, CutOff)
    return str(refusal.value)


def test_a_sealed_server_is_told_as_sealed_and_opens_again_when_it_is_unsealed(bao: Bao, transit: Transit) -> None:
    wrapped = transit.wrap(SECRET, NAME)
    bao.seal()
    try:
        assert "sealed" in refused(lambda: transit.unwrap(wrapped, NAME))
        assert "sealed" in refused(lambda: transit.wrap(SECRET, NAME))
    finally:
        bao.unseal()
    end = time.monotonic() + 10
    while not _opens(transit, wrapped) and time.monotonic() < end:
        time.sleep(0.05)  # it answers a moment after it was unsealed
    assert transit.unwrap(wrapped, NAME) == SECRET


def _opens(transit: Transit, wrapped: bytes) -> bool:
    try:
        return transit.unwrap(wrapped, NAME) == SECRET
    except OperationError:
        return False


def test_only_a_certificate_of_the_named_authority_for_this_address_is_trusted(
    bao: Bao, transit: Transit, mount: str, tmp_path: Path
) -> None:
    wrapped = transit.wrap(SECRET, NAME)
    token_file = transit.server.token_file
    over_tls = Transit(Server(bao.https, token_file, bao.authority.certificate, pause=0.0), mount)
    assert over_tls.unwrap(wrapped, NAME) == SECRET
    stranger = Authority.new(tmp_path, called="stranger").certificate
    for url, trusted in (
        (bao.https, stranger),
        (bao.https, None),
        (bao.https.replace("127.0.0.1", "localhost"), bao.authority.certificate),
    ):
        server = Server(url, token_file, trusted, pause=0.0)
        assert "not trusted" in refused(lambda server=server: Transit(server, mount).unwrap(wrapped, NAME))  # type: ignore[misc]  # bound at once
    for missing in (tmp_path / "none.pem", secret_file(tmp_path, "no certificate")):
        server = Server(bao.https, token_file, missing, pause=0.0)
        assert "TRANSIT_CA_FILE" in refused(lambda server=server: Transit(server, mount).unwrap(wrapped, NAME))  # type: ignore[misc]  # as above


def test_a_token_is_read_anew_for_each_question_and_never_from_a_file_open_to_others(
    bao: Bao, transit: Transit, mount: str
) -> None:
    wrapped, path = transit.wrap(SECRET, NAME), transit.server.token_file
    renewed = bao.token(mount)
    bao.ask("POST", "auth/token/revoke", {"token": path.read_text()})
    assert "refuses the token" in refused(lambda: transit.unwrap(wrapped, NAME))
    path.chmod(0o600)
    path.write_text(f"{renewed}\n")
    assert transit.unwrap(wrapped, NAME) == SECRET
    path.chmod(0o640)
    assert "open to others" in refused(lambda: transit.unwrap(wrapped, NAME))
    path.chmod(0o600)
    for nothing in ("", "two words", "line\r\nX-More: 1", "ümlaut", "nul\0"):
        path.write_text(nothing)
        assert "visible ASCII" in refused(lambda: transit.unwrap(wrapped, NAME))
    path.unlink()
    assert "TRANSIT_TOKEN_FILE" in refused(lambda: transit.unwrap(wrapped, NAME))


def test_a_token_that_changes_while_it_is_refused_is_tried_again(tmp_path: Path) -> None:
    path = secret_file(tmp_path, "old", mode=0o600)
    with scripted(partial(renewed_meanwhile, path)) as server:
        assert Server(server.url, path, pause=0.0).ask("GET", "transit/keys/einmal-root").status == 200
        assert [asked.token for asked in server.asked] == ["old", "new"]


def renewed_meanwhile(path: Path, asked: Asked) -> tuple[int, object]:
    path.write_text("new")
    return (200, {"data": GOOD}) if asked.token == "new" else (403, {"errors": ["permission denied"]})


def test_a_root_key_that_was_deleted_or_retired_opens_nothing_and_is_not_made_again(
    bao: Bao, transit: Transit, mount: str
) -> None:
    wrapped = transit.wrap(SECRET, NAME)
    bao.ask("POST", f"{mount}/keys/{ROOT}/rotate")
    assert transit.unwrap(wrapped, NAME) == SECRET
    newer = transit.wrap(SECRET, NAME)
    bao.shape(mount, ROOT, min_decryption_version=2)
    assert "no usable" in refused(lambda: transit.unwrap(wrapped, NAME))
    assert transit.unwrap(newer, NAME) == SECRET
    bao.delete(mount, ROOT)
    assert "no usable" in refused(lambda: transit.unwrap(newer, NAME))
    assert "see einmal-root" in refused(lambda: transit.wrap(SECRET, NAME))


def test_a_root_key_that_was_replaced_opens_nothing(bao: Bao, transit: Transit, mount: str) -> None:
    wrapped = transit.wrap(SECRET, NAME)
    bao.delete(mount, ROOT)
    transit.make("")
    with pytest.raises(CryptoError):
        transit.unwrap(wrapped, NAME)


@pytest.mark.parametrize(
    "properties",
    [
        {"type": "aes128-gcm96"},
        {"type": "chacha20-poly1305"},
        {"type": "aes256-gcm96", "derived": True},
        {"type": "aes256-gcm96", "exportable": True},
        {"type": "aes256-gcm96", "allow_plaintext_backup": True},
        {"type": "ed25519"},
    ],
)
def test_a_key_that_could_leave_the_engine_or_is_of_another_kind_wraps_nothing(
    bao: Bao, mount: str, properties: dict[str, Any]
) -> None:
    bao.ask("POST", f"{mount}/keys/{ROOT}", properties)
    transit = bao.custodian(mount, bao.token(mount))
    transit.make("")
    assert "never leaves" in refused(lambda: transit.wrap(SECRET, NAME))


@pytest.mark.parametrize("way", ["deleted", "soft-deleted", "retired", "forbidden"])
def test_whoever_takes_an_agencys_transit_key_away_cuts_off_that_agency_and_no_other(
    bao: Bao, transit: Transit, mount: str, way: str
) -> None:
    one, other = (KeyName("agency", str(uuid4()), 1) for _ in range(2))
    for name in (one, other):
        transit.make(name.scope)
    wrapped = {name: transit.wrap(SECRET, name) for name in (one, other, NAME)}
    key = f"einmal-agency-{one.scope}"
    asking = transit
    match way:
        case "deleted":
            bao.delete(mount, key)
        case "soft-deleted":
            bao.ask("DELETE", f"{mount}/keys/{key}/soft-delete")
        case "retired":
            bao.ask("POST", f"{mount}/keys/{key}/rotate")
            bao.shape(mount, key, min_decryption_version=2)
        case "forbidden":
            asking = bao.custodian(mount, bao.token(mount, without=key))
    with pytest.raises(CutOff):
        asking.unwrap(wrapped[one], one)
    assert asking.unwrap(wrapped[other], other) == asking.unwrap(wrapped[NAME], NAME) == SECRET


def test_nobody_is_cut_off_by_a_token_that_died_or_an_engine_that_went(bao: Bao, transit: Transit, mount: str) -> None:
    """Else a mishap would look like the agency's own decision."""
    name = KeyName("agency", str(uuid4()), 1)
    transit.make(name.scope)
    wrapped = transit.wrap(SECRET, name)
    nobody = bao.custodian(mount, "s.nobody")
    assert "refuses the token" in refused(lambda: nobody.unwrap(wrapped, name))
    narrow = bao.custodian(mount, bao.token(mount, without=ROOT))
    bao.delete(mount, f"einmal-agency-{name.scope}")
    assert "no usable" in refused(lambda: narrow.unwrap(wrapped, name))
    bao.ask("DELETE", f"sys/mounts/{mount}")
    refused(lambda: transit.unwrap(wrapped, name))


def test_a_scope_that_is_no_agency_never_becomes_part_of_an_address(transit: Transit) -> None:
    wrapped = transit.wrap(SECRET, NAME)
    for scope in ("../../sys/seal", "x", "a/b", "?", "%2e%2e", "einmal-root"):
        with pytest.raises(CryptoError):
            transit.unwrap(wrapped, KeyName("agency", scope, 1))
        with pytest.raises(CryptoError):
            transit.make(scope)


def scripted_transit(url: str, folder: Path, *, seconds: float = 5.0) -> Transit:
    return Transit(Server(url, secret_file(folder, "token"), seconds=seconds, pause=0.0))


@pytest.mark.parametrize("status", [500, 502, 503, 429, 412])
def test_a_server_that_stumbles_is_asked_once_more_and_not_twice(status: int, tmp_path: Path) -> None:
    answers = iter([(status, {}), (200, {"data": GOOD})])
    with scripted(lambda _: next(answers)) as server:
        assert scripted_transit(server.url, tmp_path).server.ask("GET", "transit/keys/x").status == 200
        assert len(server.asked) == 2
    with scripted(lambda _: (status, {})) as server:
        refused(lambda: scripted_transit(server.url, tmp_path).server.ask("GET", "transit/keys/x"))
        assert len(server.asked) == 2


@pytest.mark.parametrize("status", [201, 301, 307, 401, 405, 418])
def test_what_no_transit_engine_answers_is_no_answer(status: int, tmp_path: Path) -> None:
    """A redirection least of all: the token would go there."""
    with scripted(lambda _: (status, {"data": {"plaintext": base64.b64encode(SECRET).decode()}})) as server:
        transit = scripted_transit(server.url, tmp_path)
        refused(lambda: transit.unwrap(_form(), NAME))
        assert {asked.path for asked in server.asked} == {f"/v1/transit/decrypt/{ROOT}"}
        assert f"answered {status}" in refused(lambda: transit.server.ask("GET", f"transit/keys/{ROOT}"))


def _form() -> bytes:
    """Return bytes that have the form of what Transit wrapped."""
    return bytes((2, 1, 0, 0, 0, 1)) + bytes(60)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"data":null}',
        b'{"data":{}}',
        b'{"data":{"plaintext":null}}',
        b'{"data":{"plaintext":7}}',
        b'{"data":{"plaintext":""}}',
        b'{"data":{"plaintext":"c3M="}}',
        b'{"data":{"plaintext":"%%%%"}}',
        b'{"data":{"plaintext":"' + base64.b64encode(b"k" * 31) + b'"}}',
        b'{"data":{"plaintext":"' + base64.b64encode(b"k" * 33) + b'"}}',
        b'{"data":{"plaintext":"' + base64.b64encode(b"k" * 32) + b'\\n"}}',
        b'\xff{"data":{}}',
        b'{"data":{"plaintext":"' + base64.b64encode(b"k" * 32) + b'"}}' + b" " * 70_000,
    ],
)
def test_an_answer_without_a_key_in_it_is_never_taken_for_one(said: bytes, tmp_path: Path) -> None:
    with scripted(lambda _: (200, said)) as server:
        refused(lambda: scripted_transit(server.url, tmp_path).unwrap(_form(), NAME))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "vault:v1:",
        "vault:v0:" + "A" * 80,
        "vault:v01:" + "A" * 80,
        "vault:v1:" + "A" * 76,
        "vault:v1:" + "A" * 84,
        "vault:v1:" + "A" * 80 + "\n",
        "vault:v1:A\n" + "A" * 79,
        "vault:v9999999999:" + "A" * 80,
        "vault:v-1:" + "A" * 80,
        "other:v1:" + "A" * 80,
    ],
)
def test_a_ciphertext_of_another_form_is_not_stored(said: str, tmp_path: Path) -> None:
    with scripted(partial(like_an_engine, encrypts_to=said)) as server:
        refused(lambda: scripted_transit(server.url, tmp_path).wrap(SECRET, NAME))


def like_an_engine(
    asked: Asked, *, encrypts_to: str = f"vault:v1:{'A' * 80}", key: bytes = b"", binds: bool = False
) -> tuple[int, object]:
    """Answer in the form of an engine that opens everything to one key; perhaps only under `NAME`."""
    if asked.method == "GET":
        return 200, {"data": GOOD}
    if "plaintext" in asked.body:
        return 200, {"data": {"ciphertext": encrypts_to}}
    if binds and asked.body["associated_data"] != base64.b64encode(NAME.context).decode():
        return 400, {"errors": ["cipher: message authentication failed"]}
    return 200, {"data": {"plaintext": base64.b64encode(key).decode()}}


def test_a_server_that_ignores_what_binds_a_key_to_its_name_wraps_nothing(tmp_path: Path) -> None:
    """Vault before 1.13 does not know `associated_data` and steps over it."""
    with scripted(partial(like_an_engine, key=SECRET)) as server:
        assert "does not bind" in refused(lambda: scripted_transit(server.url, tmp_path).wrap(SECRET, NAME))


def test_a_server_that_gives_back_another_key_wraps_nothing(tmp_path: Path) -> None:
    with scripted(partial(like_an_engine, key=SECRET, binds=True)) as server:
        assert len(scripted_transit(server.url, tmp_path).wrap(SECRET, NAME)) == len(_form())
    with scripted(partial(like_an_engine, key=secrets.token_bytes(32), binds=True)) as server:
        assert "does not bind" in refused(lambda: scripted_transit(server.url, tmp_path).wrap(SECRET, NAME))


def test_a_server_that_does_not_answer_in_time_is_away(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transit = scripted_transit(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path, seconds=0.1)
        began = time.monotonic()
        assert "cannot be reached (TimeoutError)" in refused(lambda: transit.unwrap(_form(), NAME))
        assert time.monotonic() - began < 2


def test_a_server_that_answers_in_drops_is_away(tmp_path: Path) -> None:
    """Each drop comes in time; the answer as a whole does not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=_drip, args=(listening,))
        dripping.start()
        transit = scripted_transit(f"http://127.0.0.1:{listening.getsockname()[1]}", tmp_path, seconds=0.2)
        began = time.monotonic()
        assert "cannot be reached (HTTPException)" in refused(lambda: transit.unwrap(_form(), NAME))
        assert time.monotonic() - began < 3
        dripping.join()


def _drip(listening: socket.socket) -> None:
    """Answer two questions, a hundred bytes each in five seconds."""
    for _ in range(2):
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.05)

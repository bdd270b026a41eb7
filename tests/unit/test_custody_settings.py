"""Who holds the root key, as the settings say it: in full, of one custodian only, and told to the keeper alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from registry.config import CustodyKind, CustodySettings, Settings
from registry.crypto.keyfiles import read_text
from registry.errors import OperationError, SettingsError
from registry.keeper.custody.choosing import custodian
from registry.keeper.custody.hardware import Token
from registry.keeper.custody.key_file import KeyFile
from registry.keeper.custody.transit import Transit
from registry.ops.roles import Logins
from registry.ops.supervision.births import Nursery

TRANSIT = {"ROOT_CUSTODY": "transit", "TRANSIT_URL": "https://bao.example.org:8200", "TRANSIT_TOKEN_FILE": "/run/token"}
PKCS11 = {
    "ROOT_CUSTODY": "pkcs11",
    "PKCS11_MODULE": "/usr/lib/token.so",
    "PKCS11_TOKEN": "einmal",
    "PKCS11_PIN_FILE": "/run/pin",
}


def refused(env: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_env(env)
    return str(refusal.value)


def test_without_a_word_a_file_holds_the_root_key() -> None:
    assert Settings.from_env({}).custody == CustodySettings()
    assert refused({"ROOT_CUSTODY": "cloud"}).endswith("ROOT_CUSTODY must be one of file, transit, pkcs11")


def test_what_a_custodian_needs_is_read() -> None:
    more = {"TRANSIT_MOUNT": "house/transit", "TRANSIT_CA_FILE": "/etc/ca.pem"}
    transit = Settings.from_env(TRANSIT | more).custody
    assert (transit.kind, transit.transit_url, transit.transit_mount) == (
        "transit",
        "https://bao.example.org:8200",
        "house/transit",
    )
    assert (transit.transit_token_file, transit.transit_ca_file) == (Path("/run/token"), Path("/etc/ca.pem"))
    token = Settings.from_env(PKCS11).custody
    assert (token.kind, token.pkcs11_token) == ("pkcs11", "einmal")
    assert (token.pkcs11_module, token.pkcs11_pin_file) == (Path("/usr/lib/token.so"), Path("/run/pin"))


def test_all_that_is_missing_is_named_at_once() -> None:
    message = refused({"ROOT_CUSTODY": "transit"})
    assert [name for name in ("TRANSIT_URL", "TRANSIT_TOKEN_FILE") if f"{name} is missing" not in message] == []
    message = refused({"ROOT_CUSTODY": "pkcs11"})
    assert [name for name in PKCS11.keys() - {"ROOT_CUSTODY"} if f"{name} is missing" not in message] == []


@pytest.mark.parametrize(
    ("env", "name"),
    [
        (TRANSIT, "ROOT_KEY_FILE"),
        (PKCS11, "ROOT_KEY_FILE"),
        (PKCS11, "TRANSIT_URL"),
        (PKCS11, "TRANSIT_MOUNT"),
        (TRANSIT, "PKCS11_TOKEN"),
        ({}, "TRANSIT_URL"),
        ({}, "TRANSIT_CA_FILE"),
        ({}, "PKCS11_PIN_FILE"),
        ({"ROOT_CUSTODY": "file"}, "PKCS11_MODULE"),
    ],
)
def test_what_is_said_of_another_custodian_is_a_contradiction(env: dict[str, str], name: str) -> None:
    """Else a mistyped ROOT_CUSTODY would quietly make a root key of another kind."""
    value = "https://bao.example.org" if name == "TRANSIT_URL" else "x"
    assert f"{name} is set, but ROOT_CUSTODY is" in refused({**env, name: value})


@pytest.mark.parametrize(
    "url",
    [
        "bao.example.org",
        "http://bao.example.org:8200",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1:8200",
        "https://user@bao.example.org",
        "https://bao.example.org/v1/transit",
        "https://bao.example.org?x",
        "https://bao.example.org:99999",
        "unix:bao.sock",
        "unix://host/bao.sock",
        "unix:/bao.sock?x",
        "file:///bao.sock",
        "https://",
    ],
)
def test_a_token_goes_over_tls_or_stays_within_this_machine(url: str) -> None:
    assert "TRANSIT_URL must be" in refused({**TRANSIT, "TRANSIT_URL": url})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8200", "http://[::1]:8200", "http://localhost", "unix:/run/bao.sock", "https://b.org"]
)
def test_within_this_machine_no_tls_is_needed(url: str) -> None:
    assert Settings.from_env({**TRANSIT, "TRANSIT_URL": url}).custody.transit_url == url


def test_an_authority_without_tls_is_a_contradiction() -> None:
    env = {**TRANSIT, "TRANSIT_URL": "unix:/run/bao.sock", "TRANSIT_CA_FILE": "/etc/ca.pem"}
    assert "TRANSIT_CA_FILE is set, but TRANSIT_URL is not https" in refused(env)


@pytest.mark.parametrize("mount", ["/transit", "transit/", "a//b", "../sys", "a b", "a?b", "ä"])
def test_a_mount_is_a_path_and_nothing_else(mount: str) -> None:
    assert "TRANSIT_MOUNT must be" in refused({**TRANSIT, "TRANSIT_MOUNT": mount})


def test_a_generated_key_file_is_no_matter_where_another_holds_the_root_key(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "root.key.generated").touch()
    env = {"ENV": "production", "REGISTRY_HOME": str(tmp_path)}
    assert "generated" in refused(env)
    assert Settings.from_env(env | PKCS11).custody.kind == "pkcs11"


@pytest.mark.parametrize("env", [{"ROOT_KEY_FILE": "/keys/root"}, TRANSIT, {**TRANSIT, "TRANSIT_MOUNT": "a/b"}, PKCS11])
def test_the_keeper_and_nobody_else_is_told_who_holds_the_root_key(env: dict[str, str]) -> None:
    settings = Settings.from_env(env)
    passwords = dict.fromkeys(("web", "keeper", "worker", "housekeeper", "linker", "cli"), "x")
    urls = {"main_url": "postgresql:///m", "shred_url": "postgresql:///s"}
    nursery = Nursery(settings=settings, logins=Logins("test", passwords), web_fd=9, **urls)
    for name in ("web", "worker", "housekeeper", "linker"):
        told = nursery._env(name, None, None)
        assert [one for one in told if one.startswith(("ROOT_", "TRANSIT_", "PKCS11_"))] == []
    there = Settings.from_env(nursery._env("keeper", None, None))
    assert (there.custody, there.process) == (settings.custody, "keeper")
    assert there.custody.kind != "file" or there.root_key_file == Path("/keys/root")


def test_the_settings_choose_the_custodian_and_ask_nobody(tmp_path: Path) -> None:
    assert isinstance(custodian(Settings.from_env(TRANSIT)), Transit)
    assert isinstance(custodian(Settings.from_env(PKCS11)), Token)
    path = tmp_path / "root.key"
    path.write_bytes(b"k" * 32)
    path.chmod(0o400)
    assert isinstance(custodian(Settings.from_env({"ROOT_KEY_FILE": str(path)})), KeyFile)


def test_settings_that_are_not_complete_choose_nobody() -> None:
    """Settings made in code pass no check."""
    kinds: tuple[CustodyKind, ...] = ("transit", "pkcs11")
    for kind in kinds:
        with pytest.raises(OperationError, match="not complete"):
            custodian(replace(Settings.from_env({}), custody=CustodySettings(kind=kind)))


def test_a_token_or_pin_is_one_word_in_a_file_that_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "pin"
    path.write_bytes(b"s.abc123!~\n")
    path.chmod(0o400)
    assert read_text(path, name="PIN", setting="PKCS11_PIN_FILE") == "s.abc123!~"
    path.chmod(0o600)
    for wrong in (b"", b"\n", b"two words", b"a\r\nb", b"a\0b", b"\xff", "ä".encode(), b"a\x7f"):
        path.write_bytes(wrong)
        with pytest.raises(OperationError, match="visible ASCII"):
            read_text(path, name="PIN", setting="PKCS11_PIN_FILE")
    path.chmod(0o604)
    with pytest.raises(OperationError, match="open to others"):
        read_text(path, name="PIN", setting="PKCS11_PIN_FILE")
    with pytest.raises(OperationError, match="Set PKCS11_PIN_FILE"):
        read_text(tmp_path / "none", name="PIN", setting="PKCS11_PIN_FILE")

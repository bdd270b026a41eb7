"""From nothing to a working office without --dev: a key, two administrators, an agency, an officer who imports."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

import adapters.sandbox
from registry.auth.demo import Demo, DemoOfficer
from registry.cli.main import registry
from registry.errors import RegistryError
from registry.ops.embedded.quarters import vacate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

SAMPLE = Path(adapters.sandbox.__file__).parent / "samples" / "ba_02_bewerberprofil_shevchuk.json"
PASSWORD = "a long enough password"


@dataclass(frozen=True, slots=True)
class Operators:
    """Those who sit at the command line of a registry without made-up sign-ins."""

    home: Path
    book: Demo = field(repr=False)  # their authenticators

    def environment(self) -> dict[str, str]:
        """Return what their shell has."""
        names = ("PATH", "PG_BINDIR", "COVERAGE_PROCESS_CONFIG")
        inherited = {name: os.environ[name] for name in names if name in os.environ}
        own = {"REGISTRY_HOME": str(self.home), "ENV": "test", "WEB_PORT": "18941", "WEB_WORKERS": "1"}
        return inherited | own

    def types(self, *arguments: str, answers: tuple[str, ...] = ()) -> Result:
        """Run a command and answer its questions."""
        nothing_else = dict.fromkeys(os.environ) | dict(self.environment())
        return CliRunner(env=nothing_else).invoke(registry, list(arguments), input="".join(f"{x}\n" for x in answers))

    def of(self, *officers: DemoOfficer) -> tuple[str, ...]:
        """Return what these officers type to sign in, one after the other."""
        return tuple(word for one in officers for word in (one.login, one.password, self.book.code(one)))

    def enrolled(self, login: str, result: Result) -> DemoOfficer:
        """Return somebody whose secret the command just showed."""
        assert result.exception is None, result.output
        secret = next(line.strip() for line in result.output.splitlines() if line.startswith("  "))
        # The keeper takes the code of the step before too: three sign-ins without waiting.
        return DemoOfficer(login, PASSWORD, secret, [], last_step=int(time.time()) // 30 - 2)


@pytest.fixture(scope="module")
def operators() -> Iterator[Operators]:
    home = Path(tempfile.mkdtemp(prefix="einmal-enrol-", dir="/tmp"))
    (home / "keys").mkdir()
    (home / "keys" / "root.key").write_bytes(os.urandom(32))
    (home / "keys" / "root.key").chmod(0o400)
    people = Operators(home, Demo(home / "authenticators.json"))
    command = [sys.executable, "-P", "-m", "registry.cli.main", "up", "--json"]
    with subprocess.Popen(command, env=people.environment(), stdout=subprocess.PIPE, text=True, cwd="/") as stack:
        try:
            assert stack.stdout is not None
            assert json.loads(stack.stdout.readline())["ready"] is True
            yield people
        finally:
            stack.send_signal(signal.SIGTERM)
            stack.wait(60)
    vacate(home)
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def administrators(operators: Operators) -> tuple[DemoOfficer, DemoOfficer]:
    """The first makes herself, and the second on her own word."""
    made = operators.types("keys", "init", "--login", "first@x", "--name", "First", "--password", PASSWORD)
    first = operators.enrolled("first@x", made)
    second = enrol_administrator(operators, "second@x", first)
    return first, operators.enrolled("second@x", second)


def enrol_administrator(operators: Operators, login: str, *approvers: DemoOfficer) -> Result:
    new = ("--login", login, "--name", "Another", "--password", PASSWORD)
    return operators.types("keys", "enrol-administrator", *new, answers=operators.of(*approvers))


def test_two_administrators_bring_an_agency_and_an_officer_whose_import_works(
    operators: Operators, administrators: tuple[DemoOfficer, DemoOfficer]
) -> None:
    made = operators.types(
        "agencies", "add", "Agentur Musterstadt", "ba", "--number", "677", answers=operators.of(*administrators)
    )
    assert made.exception is None, made.output
    agency = made.output.split()[-1]
    new = (agency, "admin@office", "--role", "administrator", "--password", PASSWORD)
    added = operators.types("officers", "add", *new, answers=operators.of(*administrators))
    officer = operators.enrolled("admin@office", added)
    assert "Agentur Musterstadt" in added.output
    wait_for_worker(operators, agency)
    taken = operators.types("import", "ba", str(SAMPLE), "--json", answers=operators.of(officer))
    assert taken.exception is None, taken.output
    report: dict[str, Any] = json.loads(taken.stdout.splitlines()[-1])
    assert (report["files"][0]["created"], report["profiles"]) == (1, 1)
    assert not (operators.home / "sessions").exists(), "a live token lies on the disk"
    again = operators.types("agencies", "add", "Another", "ba", "--number", "677", answers=())
    assert isinstance(again.exception, RegistryError)
    assert "677" in str(again.exception)


@pytest.mark.long
def test_two_administrators_pin_a_machines_key_and_one_revokes_it(
    operators: Operators, administrators: tuple[DemoOfficer, DemoOfficer], tmp_path: Path
) -> None:
    two = operators.of(*administrators)
    made = operators.types("agencies", "add", "Jobcenter Musterstadt", "jobcenter", answers=two)
    agency = made.output.split()[-1]
    certificate = tmp_path / "machine.pem"
    certificate.write_bytes(self_made())
    pinned = operators.types("agencies", "certificate", agency, str(certificate), answers=operators.of(*administrators))
    assert pinned.exception is None, pinned.output
    credential = pinned.output.split()[-1]
    listed = operators.types("officers", "devices", administrators[0].login)
    assert listed.output == f"{administrators[0].login} has no device.\n"
    assert isinstance(operators.types("officers", "devices", "nobody").exception, RegistryError)
    revoked = operators.types("officers", "revoke", credential, answers=operators.of(administrators[0]))
    assert revoked.exception is None, revoked.output


def self_made() -> bytes:
    """Return a certificate that a machine made itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "machine")])
    until = now + timedelta(days=30)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(minutes=1), until)
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


def wait_for_worker(operators: Operators, agency: str) -> None:
    """The supervisor looks for new agencies every few seconds."""
    end = time.monotonic() + 30
    while f"worker-{agency}" not in json.loads((operators.home / "run.json").read_text())["processes"]:
        assert time.monotonic() < end, "no worker was started"
        time.sleep(0.1)


def test_one_administrator_alone_is_refused_once_there_are_two(
    operators: Operators, administrators: tuple[DemoOfficer, DemoOfficer]
) -> None:
    """She is asked for another; who cannot name one enrols nobody."""
    alone = enrol_administrator(operators, "third@x", administrators[1])
    assert "Another administrator signs in." in alone.output
    assert alone.exit_code != 0
    assert "third@x" not in alone.stdout


def test_the_first_administrator_is_made_once(
    operators: Operators,
    administrators: tuple[DemoOfficer, DemoOfficer],  # noqa: ARG001 - they exist
) -> None:
    again = operators.types("keys", "init", "--login", "intruder", "--name", "I", "--password", PASSWORD)
    assert isinstance(again.exception, RegistryError)
    assert "There is an administrator already" in str(again.exception)

"""Real custodians for tests: OpenBao's own server, and tokens of SoftHSM2."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pkcs11
import pytest

from registry.config import CustodySettings
from registry.keeper.custody.hardware import Token
from registry.keeper.custody.transit import Transit
from registry.keeper.custody.transit_server import Server
from registry.ops.supervision import children
from tests.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator

BAO = Path(sysconfig.get_path("scripts")) / "bao"
SOFTHSM = tuple(
    Path(folder) / "libsofthsm2.so"
    for folder in ("/usr/lib/softhsm", "/usr/local/lib/softhsm", "/usr/lib64/pkcs11", "/opt/homebrew/lib/softhsm")
)
#: What README says that the keeper's token needs, and nothing else.
POLICY = """
path "MOUNT/keys/einmal-*" { capabilities = ["create", "read", "update"] }
path "MOUNT/encrypt/einmal-*" { capabilities = ["update"] }
path "MOUNT/decrypt/einmal-*" { capabilities = ["update"] }
"""
_CONFIGURATION = """
ui = false
storage "inmem" {{}}
listener "unix" {{ address = "{home}/bao.sock" }}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  tls_cert_file = "{home}/server.pem"
  tls_key_file = "{home}/server.key"
}}
api_addr = "https://127.0.0.1:{port}"
"""
_STEPS = ((signal.SIGTERM, 5.0),)


class _OwnSocket(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self._path))


def secret_file(folder: Path, content: str, *, mode: int = 0o400) -> Path:
    """Write a token or PIN into a new file."""
    path = folder / f"{secrets.token_hex(4)}.secret"
    path.write_text(content)
    path.chmod(mode)
    return path


@dataclass(slots=True)
class Bao:
    """An unsealed OpenBao server, kept in memory, with the Transit engine mounted as often as tests like."""

    home: Path
    port: int
    authority: Authority
    key: str = field(default="", repr=False)
    root_token: str = field(default="", repr=False)

    @property
    def https(self) -> str:
        """Return its address over TLS."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def unix(self) -> str:
        """Return its address within this machine."""
        return f"unix:{self.home}/bao.sock"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, *, expected: int = 204) -> dict[str, Any]:
        """Ask as its administrator."""
        connection = _OwnSocket(self.home / "bao.sock")
        with contextlib.closing(connection):
            connection.request(method, f"/v1/{path}", json.dumps(body or {}), {"X-Vault-Token": self.root_token})
            response = connection.getresponse()
            content = response.read()
        assert response.status in {expected, 200}, content
        said: dict[str, Any] = json.loads(content or b"{}")
        return said

    def initialise(self) -> None:
        """Make and unseal an empty one."""
        made = self.ask("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.key, self.root_token = made["keys"][0], made["root_token"]
        self.unseal()

    def seal(self) -> None:
        """Close it: it forgets the key to its own store."""
        self.ask("PUT", "sys/seal")

    def unseal(self) -> None:
        """Open it again."""
        self.ask("PUT", "sys/unseal", {"key": self.key})

    def mount(self) -> str:
        """Mount one more Transit engine; return where."""
        name = f"transit-{secrets.token_hex(4)}"
        self.ask("POST", f"sys/mounts/{name}", {"type": "transit"})
        return name

    def token(self, mount: str, *, without: str = "") -> str:
        """Return a token with the keeper's rights at an engine, perhaps without those to one key."""
        rules = POLICY.replace("MOUNT", mount)
        if without:
            kinds = ("keys", "encrypt", "decrypt")
            rules += "".join(f'path "{mount}/{kind}/{without}" {{ capabilities = ["deny"] }}\n' for kind in kinds)
        name = f"keeper-{secrets.token_hex(4)}"
        self.ask("PUT", f"sys/policies/acl/{name}", {"policy": rules})
        made = self.ask("POST", "auth/token/create", {"policies": [name]})
        return str(made["auth"]["client_token"])

    def custodian(self, mount: str, token: str, *, url: str = "") -> Transit:
        """Return a custodian that asks this server, without long pauses."""
        server = Server(url or self.unix, secret_file(self.home, token), pause=0.01)
        return Transit(server, mount)

    def settings(self, mount: str, token: str) -> CustodySettings:
        """Return the settings with which a keeper asks this server over TLS."""
        return CustodySettings(
            kind="transit",
            transit_url=self.https,
            transit_mount=mount,
            transit_token_file=secret_file(self.home, token),
            transit_ca_file=self.authority.certificate,
        )

    def shape(self, mount: str, key: str, **properties: object) -> None:
        """Change what a Transit key is like."""
        self.ask("POST", f"{mount}/keys/{key}/config", properties)

    def delete(self, mount: str, key: str) -> None:
        """Delete a Transit key for good."""
        self.shape(mount, key, deletion_allowed=True)
        self.ask("DELETE", f"{mount}/keys/{key}")


@contextmanager
def running_bao() -> Iterator[Bao]:
    """Run OpenBao's server on loopback and a Unix socket until the end."""
    if not BAO.exists():
        pytest.fail(f"there is no OpenBao at {BAO}: install the extra `test`")
    home = Path(tempfile.mkdtemp(prefix="einmal-bao-", dir="/tmp"))
    authority = Authority.new(home)
    authority.certify(home / "server.pem", home / "server.key")
    bao = Bao(home, _free_port(), authority)
    (home / "bao.hcl").write_text(_CONFIGURATION.format(home=home, port=bao.port))
    command = [str(BAO), "server", "-config", str(home / "bao.hcl")]
    server = children.spawn(
        children.Birth(command=command, env={"PATH": os.defpath, "HOME": str(home)}, log=home / "log")
    )
    try:
        _await(home / "bao.sock", server)
        bao.initialise()
        yield bao
    finally:
        children.stop(server, _STEPS)
        shutil.rmtree(home)


def _await(path: Path, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as trial:
            trial.connect(str(path))
            return
        time.sleep(0.05)
    pytest.fail(f"OpenBao did not start:\n{children.last_lines(path.parent / 'log')}")


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """SoftHSM2's library with a store of tokens of its own."""

    home: Path
    module: Path

    def token(self, pin: str = "") -> Token:
        """Make a token without any key; the library sees it when it is begun anew."""
        label, pin = f"einmal-{secrets.token_hex(4)}", pin or secrets.token_hex(4)
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", secrets.token_hex(4)]
        subprocess.run([*command, "--pin", pin], check=True, capture_output=True)
        pkcs11.lib(str(self.module)).reinitialize()
        return Token(self.module, label, secret_file(self.home, f"{pin}\n"))

    @contextmanager
    def session(self, token: Token) -> Iterator[pkcs11.Session]:
        """Log in as the token's own administrator would."""
        found = pkcs11.lib(str(token.module)).get_token(token_label=token.label)
        with found.open(rw=True, user_pin=token.pin_file.read_text().strip()) as session:
            yield session

    @staticmethod
    def settings(token: Token) -> CustodySettings:
        """Return the settings with which a keeper uses a token."""
        return CustodySettings(
            kind="pkcs11", pkcs11_module=token.module, pkcs11_token=token.label, pkcs11_pin_file=token.pin_file
        )


@contextmanager
def soft_hsm(patch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    """Give SoftHSM2 a store of its own in this process and its children.

    Where it could be installed by whoever runs the tests, its absence is a failure.
    """
    module = next((path for path in SOFTHSM if path.exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        absent = pytest.fail if shutil.which("apt-get") and os.getuid() == 0 else pytest.skip
        absent("there is no SoftHSM2: apt-get install softhsm2")
    home = Path(tempfile.mkdtemp(prefix="einmal-hsm-", dir="/tmp"))
    (home / "tokens").mkdir()
    (home / "softhsm2.conf").write_text(f"directories.tokendir = {home}/tokens\nlog.level = ERROR\n")
    patch.setenv("SOFTHSM2_CONF", str(home / "softhsm2.conf"))
    try:
        yield SoftHsm(home, module)
    finally:
        pkcs11.unload(str(module))
        shutil.rmtree(home)


def shown(secret: bytes) -> tuple[str, ...]:
    """Return the forms in which a secret could be seen in a text."""
    return secret.hex(), repr(secret)[2:-1], base64.b64encode(secret).decode()

"""Everything that differs between deployments, read once at start from the environment."""

import hashlib
import os
import pwd
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args
from urllib.parse import urlsplit
from uuid import UUID

from registry.errors import SettingsError

Environment = Literal["development", "test", "production"]
CustodyKind = Literal["file", "transit", "pkcs11"]
T = TypeVar("T")
Process = Literal["web", "keeper", "worker", "housekeeper", "linker", "cli", "owner"]

#: Where http needs no TLS: it does not leave this machine.
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_NEEDED: dict[CustodyKind, tuple[str, ...]] = {
    "file": (),
    "transit": ("TRANSIT_URL", "TRANSIT_TOKEN_FILE"),
    "pkcs11": ("PKCS11_MODULE", "PKCS11_TOKEN", "PKCS11_PIN_FILE"),
}
_POSSIBLE: dict[CustodyKind, tuple[str, ...]] = {
    "file": ("ROOT_KEY_FILE",),
    "transit": ("TRANSIT_MOUNT", "TRANSIT_CA_FILE"),
    "pkcs11": (),
}
_USERS_FORM = "a list keeper:USER,linker:USER,web:USER,housekeeper:USER,worker:USER of different users"
#: Processes that have a user of their own where they do not all run as one.
_WITH_USERS = frozenset({"keeper", "linker", "web", "housekeeper", "worker"})
#: A Unix socket's address has 107 bytes and its end; the longest name is of a socket for an agency's worker.
RUN_DIR_BYTES = 107 - len(f"/keeper/worker-{UUID(int=0)}.sock")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodySettings:
    """Who holds the root key, and how the keeper reaches them; of a key file, `Settings.root_key_file` says where."""

    kind: CustodyKind = "file"  # ROOT_CUSTODY
    transit_url: str = ""  # TRANSIT_URL: https://, http:// within this machine, or unix:/path of a socket
    transit_mount: str = "transit"  # TRANSIT_MOUNT: where the engine is mounted, below its namespace if it has one
    transit_token_file: Path | None = None  # TRANSIT_TOKEN_FILE: one line, mode 0400
    transit_ca_file: Path | None = None  # TRANSIT_CA_FILE: whose certificates count, PEM; else the system's
    pkcs11_module: Path | None = None  # PKCS11_MODULE: the library of the token's maker
    pkcs11_token: str = ""  # PKCS11_TOKEN: its label
    pkcs11_pin_file: Path | None = None  # PKCS11_PIN_FILE: one line, mode 0400

    def for_keeper(self, root_key_file: Path) -> dict[str, str]:
        """Return the variables that tell the keeper, and nobody else, who holds the root key."""
        if self.kind == "file":
            return {"ROOT_KEY_FILE": str(root_key_file)}
        values = {
            "ROOT_CUSTODY": self.kind,
            "TRANSIT_URL": self.transit_url,
            "TRANSIT_MOUNT": self.transit_mount if self.kind == "transit" else "",
            "TRANSIT_TOKEN_FILE": str(self.transit_token_file or ""),
            "TRANSIT_CA_FILE": str(self.transit_ca_file or ""),
            "PKCS11_MODULE": str(self.pkcs11_module or ""),
            "PKCS11_TOKEN": self.pkcs11_token,
            "PKCS11_PIN_FILE": str(self.pkcs11_pin_file or ""),
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process's settings; nothing else reads the environment."""

    process: Process  # REGISTRY_PROCESS
    env: Environment  # ENV
    home: Path  # REGISTRY_HOME: embedded clusters, keys, secrets, logs
    run_dir: Path  # REGISTRY_RUN_DIR: sockets; short and private
    database_url: str = field(repr=False)  # own login, e.g. WEB_DATABASE_URL; "" where the running stack is asked
    shred_database_url: str = field(repr=False)  # KEEPER_SHRED_DATABASE_URL or the owner's; "" for everybody else
    root_key_file: Path  # ROOT_KEY_FILE: 32 raw bytes, mode 0400
    custody: CustodySettings = CustodySettings()
    linker_key_file: Path  # LINKER_KEY_FILE: the same form; keeper and linker share this key and nobody else has it
    process_users: Mapping[str, str] = field(default_factory=dict)  # PROCESS_USERS: process -> user of the system
    agency: UUID | None = None  # REGISTRY_AGENCY: whom this worker works for
    idle_minutes: int = 15  # IDLE_MINUTES without a request before a session ends
    session_hours: int = 10  # SESSION_HOURS until a session ends in any case
    letter_days: int = 30  # LETTER_DAYS a letter code can be used
    web_host: str = "127.0.0.1"  # WEB_HOST
    web_port: int = 8000  # WEB_PORT
    public_url: str = ""  # PUBLIC_URL: how everybody reaches the pages; letters carry it. "" on this machine alone
    oidc_issuers_file: Path | None = None  # OIDC_ISSUERS_FILE: who may issue ID tokens for officers, JSON
    web_workers: int = 2  # WEB_WORKERS: processes
    web_threads: int = 8  # WEB_THREADS in each of them
    web_fd: int | None = None  # REGISTRY_WEB_FD: listening socket inherited from the supervisor
    ready_fd: int | None = None  # REGISTRY_READY_FD: where to say that this process is ready
    pg_bindir: Path | None = None  # PG_BINDIR: PostgreSQL binaries for the embedded clusters

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read all settings; empty values count as absent.

        Raises:
            SettingsError: names every missing or contradictory value at once.
        """
        reader = _Reader({name: value for name, value in env.items() if value})
        home = Path(reader.text("REGISTRY_HOME", "var")).absolute()
        process = cast("Process", reader.one_of("REGISTRY_PROCESS", get_args(Process), "cli"))
        settings = cls(
            process=process,
            env=cast("Environment", reader.one_of("ENV", get_args(Environment), "development")),
            home=home,
            run_dir=Path(reader.text("REGISTRY_RUN_DIR", str(default_run_dir(home)))).absolute(),
            database_url=reader.text(_url_name(process), ""),
            shred_database_url=reader.text(_shred_name(process), ""),
            root_key_file=Path(reader.text("ROOT_KEY_FILE", str(home / "keys" / "root.key"))).absolute(),
            custody=_custody(reader),
            linker_key_file=Path(reader.text("LINKER_KEY_FILE", str(home / "keys" / "linker.key"))).absolute(),
            process_users=reader.parsed("PROCESS_USERS", _users, _USERS_FORM) or {},
            agency=reader.parsed("REGISTRY_AGENCY", UUID, "a UUID"),
            idle_minutes=reader.count("IDLE_MINUTES", 15),
            session_hours=reader.count("SESSION_HOURS", 10),
            letter_days=reader.count("LETTER_DAYS", 30),
            web_host=reader.text("WEB_HOST", "127.0.0.1"),
            web_port=reader.count("WEB_PORT", 8000, most=65535),
            public_url=reader.parsed("PUBLIC_URL", _base, "an address like https://einmal.example.org/") or "",
            oidc_issuers_file=reader.file("OIDC_ISSUERS_FILE"),
            web_workers=reader.count("WEB_WORKERS", 2),
            web_threads=reader.count("WEB_THREADS", 8),
            web_fd=reader.parsed("REGISTRY_WEB_FD", int, "a file descriptor"),
            ready_fd=reader.parsed("REGISTRY_READY_FD", int, "a file descriptor"),
            pg_bindir=reader.parsed("PG_BINDIR", Path, "a directory"),
        )
        problems = [*reader.problems, *_contradictions(reader.env, settings)]
        if problems:
            raise SettingsError(problems)
        return settings

    def group_of(self, process: str) -> int | None:
        """Return the group of whoever runs a process, as a number; None where all run as one user.

        Raises:
            SettingsError: there is no such user here.
        """
        name = self.process_users.get(process)
        if name is None:
            return None
        try:
            return pwd.getpwnam(name).pw_gid
        except KeyError:
            raise SettingsError([f"PROCESS_USERS: there is no user {name} on this machine"]) from None


def load(process: Process | None = None) -> Settings:
    """Read this process's own environment, as the named process where the caller knows better than the environment.

    Raises:
        SettingsError: as `Settings.from_env`.
    """
    return Settings.from_env(os.environ if process is None else {**os.environ, "REGISTRY_PROCESS": process})


def process_named(name: str) -> Process:
    """Return the process of this name.

    Raises:
        SettingsError: there is none.
    """
    if name not in get_args(Process):
        raise SettingsError([f"there is no process {name}"])
    return cast("Process", name)


def inherited(names: tuple[str, ...]) -> dict[str, str]:
    """Return those of the named variables that are set: what a child may inherit."""
    return {name: os.environ[name] for name in names if name in os.environ}


def default_run_dir(home: Path) -> Path:
    """Return the run directory of a home: short whatever the home is called, and one for each user and home."""
    return Path("/tmp") / f"einmal-{digest_of(home)}"  # noqa: S108 - the supervisor refuses one that is not its own


def digest_of(home: Path) -> str:
    """Return a short name that belongs to this user and this home."""
    return hashlib.sha256(f"{os.getuid()}:{home}".encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads values and collects what is wrong with them."""

    env: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str) -> str:
        return self.env.get(name, default)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.env.get(name, default)
        if value not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}")
            return default
        return value

    def count(self, name: str, default: int, *, least: int = 1, most: int = 1_000_000) -> int:
        value = self.parsed(name, int, "a number")
        if value is not None and not least <= value <= most:
            self.problems.append(f"{name} must be between {least} and {most}")
        return default if value is None else value

    def file(self, name: str) -> Path | None:
        return Path(self.env[name]).absolute() if name in self.env else None

    def parsed(self, name: str, parse: Callable[[str], T], form: str) -> T | None:
        if name not in self.env:
            return None
        try:
            return parse(self.env[name])
        except ValueError:
            self.problems.append(f"{name} must be {form}")
            return None


def _custody(reader: _Reader) -> CustodySettings:
    return CustodySettings(
        kind=cast("CustodyKind", reader.one_of("ROOT_CUSTODY", get_args(CustodyKind), "file")),
        transit_url=reader.parsed("TRANSIT_URL", _transit, "https://…, unix:/… or http:// within this machine") or "",
        transit_mount=reader.parsed("TRANSIT_MOUNT", _mount, "a path like transit") or "transit",
        transit_token_file=reader.file("TRANSIT_TOKEN_FILE"),
        transit_ca_file=reader.file("TRANSIT_CA_FILE"),
        pkcs11_module=reader.file("PKCS11_MODULE"),
        pkcs11_token=reader.text("PKCS11_TOKEN", ""),
        pkcs11_pin_file=reader.file("PKCS11_PIN_FILE"),
    )


def _transit(text: str) -> str:
    """Return the address of a server to which a token may be sent."""
    parts = urlsplit(text)
    if parts.scheme == "unix" and parts.path.startswith("/") and text == f"unix:{parts.path}":
        return text
    base = _base(text)
    if parts.port == 0 or (parts.scheme == "http" and parts.hostname not in _HERE):
        raise ValueError(text)
    return base.rstrip("/")


def _mount(text: str) -> str:
    if not re.fullmatch(r"[\w-]+(/[\w-]+)*", text, re.ASCII):
        raise ValueError(text)
    return text


def _users(text: str) -> dict[str, str]:
    """Return which user runs which process; each has one of its own, and the command line may have one."""
    pairs = [part.strip().partition(":") for part in text.split(",")]
    users = {process: user for process, _, user in pairs}
    named = all(users.values()) and len(users) == len(pairs) == len(set(users.values()))
    if not named or set(users) - {"cli"} != _WITH_USERS:
        raise ValueError(text)
    return users


def _base(text: str) -> str:
    """Return the address of a site, with / at its end."""
    parts = urlsplit(text)
    bare = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or text.rstrip("/") != bare:
        raise ValueError(text)
    return f"{bare}/"


def _url_name(process: Process) -> str:
    return "DATABASE_URL" if process == "owner" else f"{process.upper()}_DATABASE_URL"


def _shred_name(process: Process) -> str:
    return "SHRED_DATABASE_URL" if process == "owner" else f"{process.upper()}_SHRED_DATABASE_URL"


def _contradictions(env: Mapping[str, str], settings: Settings) -> list[str]:
    problems = []
    databases = sorted(name for name in env if name == "DATABASE_URL" or name.endswith("_DATABASE_URL"))
    if databases and "ENV" not in env:
        problems.append(f"ENV is missing: with {databases[0]} set, say ENV=production (or test, or development)")
    if ("DATABASE_URL" in env) != ("SHRED_DATABASE_URL" in env):
        absent = "SHRED_DATABASE_URL" if "DATABASE_URL" in env else "DATABASE_URL"
        problems.append(f"{absent} is missing: DATABASE_URL and SHRED_DATABASE_URL come together")
    if settings.process not in {"cli", "owner"} and not settings.database_url:
        problems.append(f"{_url_name(settings.process)} is missing: the login of this process")
    if settings.process == "keeper" and not settings.shred_database_url:
        problems.append(f"{_shred_name('keeper')} is missing: the keeper's login at the shred store")
    if settings.process == "worker" and settings.agency is None and "REGISTRY_AGENCY" not in env:
        problems.append("REGISTRY_AGENCY is missing: a worker works for one agency")
    problems += _custody_contradictions(env, settings.custody)
    is_file = settings.custody.kind == "file"
    if is_file and settings.env == "production" and generated_mark(settings.root_key_file).exists():
        problems.append("ROOT_KEY_FILE was generated for development: ENV=production needs a root key of its own")
    is_asked = settings.env == "production" and settings.process in {"web", "keeper"}  # passkeys are for one address
    if is_asked and not settings.public_url.startswith("https://"):
        problems.append("PUBLIC_URL is missing: https:// and the name under which people reach the pages")
    if len(os.fsencode(settings.run_dir)) > RUN_DIR_BYTES:
        problems.append(f"REGISTRY_RUN_DIR is longer than {RUN_DIR_BYTES} bytes: socket addresses would not fit")
    return problems


def _custody_contradictions(env: Mapping[str, str], custody: CustodySettings) -> list[str]:
    """Tell what the chosen custodian lacks, and what is said of one that was not chosen."""
    lacking = [name for name in _NEEDED[custody.kind] if name not in env]
    problems = [f"{name} is missing: ROOT_CUSTODY is {custody.kind}" for name in lacking]
    wanted = {*_NEEDED[custody.kind], *_POSSIBLE[custody.kind]}
    others = {name for names in (*_NEEDED.values(), *_POSSIBLE.values()) for name in names} - wanted
    problems += [f"{name} is set, but ROOT_CUSTODY is {custody.kind}" for name in sorted(others & env.keys())]
    if custody.transit_ca_file is not None and custody.transit_url and not custody.transit_url.startswith("https:"):
        problems.append("TRANSIT_CA_FILE is set, but TRANSIT_URL is not https")
    return problems


def generated_mark(root_key_file: Path) -> Path:
    """Return the sibling file whose presence says that this root key was made for development."""
    return root_key_file.with_name(root_key_file.name + ".generated")

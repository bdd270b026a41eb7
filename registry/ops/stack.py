"""`registry up`: starts everything one machine needs, in order, and keeps it running."""

import errno
import logging
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from registry import logs
from registry.config import Settings, default_run_dir, generated_mark
from registry.errors import OperationError
from registry.keys import client
from registry.keys.client import KEEPER
from registry.ops import migrate, roles
from registry.ops.files import private_directory, remove_tree, write_private
from registry.ops.postgres import STOP_STEPS, Pair
from registry.ops.supervision import given_up, running
from registry.ops.supervision.births import FIRST, PER_AGENCY, Nursery, registered
from registry.ops.supervision.running import Running
from registry.ops.supervision.supervisor import Member, Supervisor
from registry.ops.supervision.users import Users
from registry.vocabulary.seeds import planting
from registry.wire.sockets import places
from registry.wire.upkeep import restoring

log = logging.getLogger(__name__)

DATABASE = "einmal"
#: Seconds between two looks at the agencies, each of which has a worker of its own.
AGENCIES_SECONDS = 5.0
#: A demonstration at a desk is not cut off by the clerk's coffee.
DEV_IDLE_MINUTES = 600
_DEFAULT_IDLE_MINUTES = 15
#: Seconds a second `registry up` waits for the first one to be ready.
_PATIENCE = 90.0
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Stopped(BaseException):
    """A signal asked the stack to stop."""


@dataclass(frozen=True, slots=True)
class Databases:
    """The owner's addresses of both databases."""

    main_url: str
    shred_url: str


def up(settings: Settings, *, dev: bool, announce: Callable[[Running, bool], None]) -> None:
    """Run everything until a signal ends it; where it runs already, only say so.

    Args:
        settings: as the owner.
        announce: called once with where it runs, and whether somebody else started it.

    Raises:
        OperationError: something did not start; what was started has been stopped.
    """
    settings = _checked(settings, dev=dev)
    settings.home.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with running.lock(settings.home) as free:
            if free:
                with suppress(Stopped), ExitStack() as ending:
                    _raise_on_signals()
                    _run(settings, dev=dev, announce=announce, ending=ending)
                return
        first = running.await_first(settings.home, seconds=_PATIENCE)
        if first is not None:
            announce(first, True)  # noqa: FBT003 - a callback has no keywords
            return
    raise OperationError(
        f"another `registry up` holds {settings.home} and does not become ready; stop it and try again"
    )


def attach(settings: Settings) -> Settings:
    """Return the settings with which a command works beside the running stack, under the command line's login.

    Raises:
        OperationError: nothing runs in this home.
    """
    if settings.database_url:
        return settings
    found = running.find(settings.home)
    if found is None:
        raise OperationError(f"nothing runs in {settings.home}: start `registry up` first")
    own = roles.logins(settings.home / "secrets" / "roles.json")
    return replace(settings, run_dir=Path(found.run_dir), database_url=own.url(found.database, "cli"))


def _run(settings: Settings, *, dev: bool, announce: Callable[[Running, bool], None], ending: ExitStack) -> None:
    logs_dir = private_directory(settings.home / "logs")
    private_directory(settings.home / "secrets")
    Users(settings).settle()
    logs.configure("supervisor", stream=ending.enter_context((logs_dir / "supervisor.log").open("a", encoding="utf-8")))
    running.clear(settings.home)
    if dev:
        _make_key(settings)
    if settings.custody.kind == "file" and not settings.root_key_file.exists():
        raise OperationError(f"there is no root key at {settings.root_key_file}: set ROOT_KEY_FILE, or use --dev")
    _make_linker_key(settings)
    supervisor = Supervisor()
    at_last = ending.enter_context(ExitStack())
    at_last.callback(running.forget, settings.home)
    if settings.run_dir == default_run_dir(settings.home):
        at_last.callback(remove_tree, settings.run_dir)
    ending.callback(supervisor.stop)
    ending.callback(_ignore_signals)
    databases = _databases(settings, supervisor, at_last=at_last)
    own = roles.logins(settings.home / "secrets" / "roles.json")
    roles.install(databases.main_url, databases.shred_url, own)
    migrate.upgrade(databases.main_url, databases.shred_url)
    planting.plant_into(databases.main_url)
    listener = ending.enter_context(_listener(settings.web_host, settings.web_port))
    nursery = Nursery(
        settings=settings,
        main_url=databases.main_url,
        shred_url=databases.shred_url,
        logins=own,
        web_fd=listener.fileno(),
    )
    is_closed, agencies = _start(nursery, supervisor, dev=dev)
    here = _where(settings, databases, dev=dev, port=listener.getsockname()[1])
    here = replace(here, processes=supervisor.pids(), agencies=agencies, is_closed=is_closed)
    here = replace(here, given_up=given_up.words(settings.home))
    running.note(settings.home, here)
    log.info("stack.ready", extra={"count": len(here.processes), "port": listener.getsockname()[1]})
    announce(here, False)  # noqa: FBT003 - a callback has no keywords
    _watch(nursery, supervisor, here)


def _start(nursery: Nursery, supervisor: Supervisor, *, dev: bool) -> tuple[bool, list[dict[str, Any]]]:
    """Start the keeper, let the registry fill itself unless that is closed, then start all others."""
    known = registered()
    for member in nursery.together(known & {FIRST}):
        supervisor.add(member)
    as_command = replace(
        nursery.settings,
        process="cli",
        database_url=nursery.logins.url(nursery.main_url, "cli"),
        shred_database_url="",
    )
    is_closed = _is_closed(as_command)
    agencies: list[dict[str, Any]] = []
    for entry in () if is_closed else entry_points(group="registry.bootstrap"):
        agencies += entry.load()(as_command, dev)
    for member in nursery.together(sorted(known - {FIRST, PER_AGENCY}, reverse=True)):
        supervisor.add(member)
    _await_sockets(nursery, [UUID(agency["id"]) for agency in agencies])
    _follow_agencies(nursery, supervisor)
    return is_closed, agencies


def _is_closed(as_command: Settings) -> bool:
    """Say whether the keeper stays closed after a restore; then nobody can sign in, nor be enrolled."""
    client.configure(as_command)
    try:
        return KEEPER.ask(restoring.TellHead(), restoring.Head).closed is not None
    finally:
        KEEPER.close()


def _watch(nursery: Nursery, supervisor: Supervisor, here: Running) -> NoReturn:
    due = time.monotonic() + AGENCIES_SECONDS
    while True:
        changed = supervisor.tick()
        if time.monotonic() >= due:
            changed = _follow_agencies(nursery, supervisor) or changed
            due = time.monotonic() + AGENCIES_SECONDS
        if changed:
            running.note(nursery.settings.home, replace(here, processes=supervisor.pids()))
        time.sleep(0.05)


def _follow_agencies(nursery: Nursery, supervisor: Supervisor) -> bool:
    """Give each active agency that the keeper knows a worker, and take it from each that is not active any more.

    The keeper opens a socket for each agency it vouched for; a row that somebody else wrote starts no process.
    """
    if PER_AGENCY not in registered():
        return False
    try:
        with psycopg.connect(nursery.logins.url(nursery.main_url, "cli"), connect_timeout=2) as connection:
            rows = connection.execute(
                "select id from agency where status = 'active' order by created_at, id"
            ).fetchall()
    except psycopg.Error:
        # The database is being restarted; the next look will do.
        log.warning("agencies.not-read")
        return False
    wanted = {f"{PER_AGENCY}-{agency}": agency for (agency,) in rows if isinstance(agency, UUID)}
    present = {name for name in supervisor.names() if name.startswith(f"{PER_AGENCY}-")}
    gone = present - wanted.keys()
    fresh = [name for name in wanted if name not in present and _socket_of(nursery, wanted[name]).exists()]
    for name in gone:
        supervisor.remove(name)
    for name in fresh:
        member = nursery.member(PER_AGENCY, wanted[name])
        member.start()
        supervisor.add(member)
    return bool(gone or fresh)


def _socket_of(nursery: Nursery, agency: UUID) -> Path:
    return places.keeper(nursery.settings.run_dir, PER_AGENCY, agency)


def _await_sockets(nursery: Nursery, agencies: Sequence[UUID]) -> None:
    """Wait a moment for the keeper to notice agencies that were just enrolled; a later look finds who is late."""
    end = time.monotonic() + AGENCIES_SECONDS
    while time.monotonic() < end and not all(_socket_of(nursery, agency).exists() for agency in agencies):
        time.sleep(0.05)


def _databases(settings: Settings, supervisor: Supervisor, *, at_last: ExitStack) -> Databases:
    """Return the databases that were given, or start embedded ones."""
    if settings.database_url:
        return Databases(settings.database_url, settings.shred_database_url)
    pair = Pair(settings.home, run_dir=settings.run_dir, bindir=settings.pg_bindir)
    at_last.callback(pair.tidy)
    with _stopping_on_failure(pair):
        pair.start()
        pair.ensure_database_pair(DATABASE)
    for cluster in pair.clusters:
        supervisor.add(
            Member(
                name=f"postgres-{cluster.name}",
                rank=0,
                launch=cluster.launch,
                stop_steps=STOP_STEPS,
                child=cluster.server,
                born=time.monotonic(),
            )
        )
    return Databases(pair.main.url(DATABASE), pair.shred.url(DATABASE))


@contextmanager
def _stopping_on_failure(pair: Pair) -> Iterator[None]:
    try:
        yield
    except BaseException:
        pair.stop()
        raise


def _checked(settings: Settings, *, dev: bool) -> Settings:
    if not dev:
        return settings
    if settings.env == "production":
        raise OperationError("--dev makes keys and sign-ins that everybody may know: not with ENV=production")
    if settings.web_host not in _LOOPBACK:
        raise OperationError(f"--dev serves this machine only: WEB_HOST cannot be {settings.web_host}")
    if settings.idle_minutes == _DEFAULT_IDLE_MINUTES:
        return replace(settings, idle_minutes=DEV_IDLE_MINUTES)
    return settings


def _make_key(settings: Settings) -> None:
    """Make a root key for development; its mark is written first, so that it is never without."""
    if settings.custody.kind != "file" or settings.root_key_file.exists():
        return
    private_directory(settings.root_key_file.parent)
    write_private(generated_mark(settings.root_key_file), b"made by registry up --dev\n")
    write_private(settings.root_key_file, secrets.token_bytes(32), mode=0o400)


def _make_linker_key(settings: Settings) -> None:
    """Make the key that keeper and linker share, in production too, where there is none.

    It belongs into the back-up: without it the linker cannot open who was recorded before (README, Who is who).
    """
    if not settings.linker_key_file.exists():
        private_directory(settings.linker_key_file.parent)
        write_private(settings.linker_key_file, secrets.token_bytes(32), mode=0o400)


def _listener(host: str, wanted: int) -> socket.socket:
    """Listen on the wanted port or the next free one; the socket outlives every restart of the web process."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + 100, 65536)):
        try:
            return socket.create_server((host, port), family=family, backlog=1024)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
    raise OperationError(f"no free port from {wanted} on: set WEB_PORT")


def _where(settings: Settings, databases: Databases, *, dev: bool, port: int) -> Running:
    shown = "localhost" if settings.web_host in _LOOPBACK else settings.web_host
    web = f"http://{shown}:{port}"
    return Running(
        pid=running.pid_of_me(),
        created=running.birth_of_me(),
        dev=dev,
        web=web,
        api=f"{web}/api/v1",
        run_dir=str(settings.run_dir),
        has_users=bool(settings.process_users),
        database=databases.main_url if dev else _without_password(databases.main_url),
        shred=databases.shred_url if dev else _without_password(databases.shred_url),
    )


def _without_password(url: str) -> str:
    return make_url(url).set(password=None).render_as_string(hide_password=False)


def _raise_on_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _ignore_signals() -> None:
    """Nothing interrupts the stopping, which is bounded in time."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped

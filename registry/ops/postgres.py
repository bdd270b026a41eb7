"""Embedded PostgreSQL: a main cluster and a shred store, started as children, without set-up."""

import locale
import secrets
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from types import TracebackType

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from registry.errors import OperationError
from registry.ops import roles
from registry.ops.embedded import leftovers
from registry.ops.embedded.binaries import Binaries, choose
from registry.ops.embedded.quarters import Quarters, settle
from registry.ops.files import private_directory, read_json, remove_tree, write_json, write_private
from registry.ops.supervision import children

OWNER = "einmal_owner"
#: Seconds to wait for a server; after a crash it replays its log first.
PATIENCE = 300.0
#: Smart shutdown is of no use to us: fast, then immediate (the next start recovers), then SIGKILL.
STOP_STEPS = ((Signals.SIGINT, 20.0), (Signals.SIGQUIT, 5.0))
_PORTS = {"main": 5432, "shred": 5433}  # part of the sockets' names; nothing listens on TCP
_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # A statement, its parameters or the detail of an error can carry what a person said: none reaches the log.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
}


@dataclass(slots=True, kw_only=True)
class Cluster:
    """One embedded server; start and stop it from the main thread only."""

    name: str
    quarters: Quarters
    binaries: Binaries
    password: str = field(repr=False)
    log: Path
    options: dict[str, str]
    server: subprocess.Popen[bytes] | None = None

    @property
    def data_dir(self) -> Path:
        """Where the cluster's files lie."""
        return self.quarters.data_dir(self.name)

    @property
    def port(self) -> int:
        """The number in the socket's name."""
        return _PORTS[self.name]

    def url(self, database: str, *, user: str = OWNER, password: str | None = None) -> str:
        """Return a libpq address of a database, for this user."""
        return URL.create(
            "postgresql",
            username=user,
            password=self.password if password is None else password,
            database=database,
            query={"host": str(self.quarters.sockets), "port": str(self.port)},
        ).render_as_string(hide_password=False)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it, after clearing what an earlier one left."""
        leftovers.clear(self.data_dir, self.quarters.sockets, self.port)
        options = {
            **_OPTIONS,
            "unix_socket_directories": str(self.quarters.sockets),
            "port": str(self.port),
            **self.options,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.server = children.spawn(
            children.Birth(
                command=[str(self.binaries.bindir / "postgres"), "-D", str(self.data_dir), *settings],
                env=_ENV,
                log=self.log,
                tenant=self.quarters.tenant,
                death_signal=Signals.SIGINT,
            )
        )
        return self.server

    def answers(self) -> bool:
        """Whether the server runs a function written in plpgsql: after a package upgrade under it, it may not.

        Raises:
            OperationError: the server ended, or does not know the owner's password.
        """
        if self.server is None or self.server.poll() is not None:
            raise OperationError(f"PostgreSQL ({self.name}) did not start:\n{children.last_lines(self.log)}")
        try:
            with self._administer() as connection:
                connection.execute("do $$ begin perform 1; end $$")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise OperationError(
                    f"secrets/clusters.json does not fit {self.data_dir}: restore both together"
                ) from error
            return False
        return True

    def await_ready(self, patience: float = PATIENCE) -> None:
        """Return when the server answers.

        Raises:
            OperationError: it ended, or does not answer in time.
        """
        end = time.monotonic() + patience
        while not self.answers():
            if time.monotonic() > end:
                raise OperationError(f"PostgreSQL ({self.name}) does not answer, see {self.log}")
            time.sleep(0.02)

    def start(self) -> None:
        """Make the cluster where it does not exist, start it and wait until it answers."""
        start_together([self])

    def stop(self) -> None:
        """End the server; without one nothing happens."""
        if self.server is not None:
            children.stop(self.server, STOP_STEPS)
            self.server = None

    def create_database(self, name: str, *, template: str = "template0") -> None:
        """Make a database that only the owner and our groups may connect to; copying needs an idle template."""
        with self._administer() as connection:
            connection.execute(
                sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
            )
            roles.make_groups(connection, roles.GROUPS[self.name])
            roles.admit(connection, name, roles.GROUPS[self.name])

    def drop_database(self, name: str) -> None:
        """Remove a database and end the sessions in it; no error when it is not there."""
        with self._administer() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def has_database(self, name: str) -> bool:
        """Whether the cluster holds a database of this name."""
        with self._administer() as connection:
            return bool(connection.execute("select 1 from pg_database where datname = %s", [name]).fetchall())

    def _administer(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5)


class Pair:
    """The two clusters of one home: `main`, and `shred` for the shred store."""

    def __init__(
        self, home: Path, *, run_dir: Path, bindir: Path | None = None, options: dict[str, str] | None = None
    ) -> None:
        """Settle in a home; nothing is started yet.

        Args:
            run_dir: short and private; sockets lie in it or beside it.
            bindir: the setting PG_BINDIR.
            options: server settings of all clusters, over ours; tests trade durability for time.
        """
        home.mkdir(parents=True, exist_ok=True)
        secrets_dir = private_directory(home / "secrets")
        logs = private_directory(home / "logs")
        private_directory(run_dir)
        self._quarters = settle(home, run_dir)
        self._home = home
        passwords = _passwords(secrets_dir / "clusters.json")
        self.main, self.shred = (
            Cluster(
                name=name,
                quarters=self._quarters,
                binaries=self._quarters.reachable(choose(self._quarters.data_dir(name), bindir=bindir)),
                password=passwords[name],
                log=logs / f"postgres-{name}.log",
                options=options or {},
            )
            for name in ("main", "shred")
        )

    def __enter__(self) -> "Pair":
        """Start both."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both."""
        self.stop()

    @property
    def clusters(self) -> tuple[Cluster, Cluster]:
        """Main first."""
        return self.main, self.shred

    def start(self) -> None:
        """Start both at the same time and wait until both answer."""
        start_together(self.clusters)

    def stop(self) -> None:
        """End both at the same time."""
        for cluster in self.clusters:
            if cluster.server is not None:
                children.send(cluster.server.pid, Signals.SIGINT)
        for cluster in self.clusters:
            cluster.stop()

    def tidy(self) -> None:
        """Remove the sockets' directory; both servers have ended."""
        remove_tree(self._quarters.sockets)

    def create_database_pair(self, name: str) -> None:
        """Make a database in each cluster."""
        self._each(lambda cluster: cluster.create_database(name))

    def ensure_database_pair(self, name: str) -> None:
        """Make a database where a cluster has none of this name; a start may have broken off between the two."""
        for cluster in self.clusters:
            if not cluster.has_database(name):
                cluster.create_database(name)

    def clone_pair(self, template: str, name: str) -> None:
        """Copy a pair of databases in which nobody works; what was granted inside them comes along."""
        self._each(lambda cluster: cluster.create_database(name, template=template))

    def drop_pair(self, name: str) -> None:
        """Remove a pair of databases and end the sessions in them."""
        self._each(lambda cluster: cluster.drop_database(name))

    def destroy(self) -> None:
        """Stop both and remove their data for good, outside the home too."""
        self.stop()
        if self._quarters.private:
            remove_tree(self._quarters.base)
        remove_tree(self._home / "postgres")
        self.tidy()

    def _each(self, act: Callable[[Cluster], None]) -> None:
        for cluster in self.clusters:
            act(cluster)


def start_together(clusters: Iterable[Cluster]) -> None:
    """Make what does not exist and start all, side by side.

    Raises:
        OperationError: one could not be made, or does not answer.
    """
    clusters = list(clusters)
    fresh = [cluster for cluster in clusters if not cluster.data_dir.exists()]
    for cluster, making in [(cluster, _begin_making(cluster)) for cluster in fresh]:
        _finish_making(cluster, making)
    for cluster in clusters:
        cluster.launch()
    for cluster in clusters:
        cluster.await_ready()


def _begin_making(cluster: Cluster) -> subprocess.Popen[bytes]:
    """Run initdb beside the place: a directory with the final name is always whole."""
    base, tenant = cluster.quarters.base, cluster.quarters.tenant
    staging = base / f"{cluster.name}.new"
    remove_tree(staging)
    tenant.own(staging)
    password_file = _password_file(cluster)
    write_private(password_file, cluster.password.encode())
    # A real file: initdb reads it as the tenant, who could not open /dev/stdin after the change of user.
    tenant.take(password_file)
    initdb = [str(cluster.binaries.bindir / "initdb"), "-D", str(staging), "-U", OWNER, f"--pwfile={password_file}"]
    shape = ["-A", "scram-sha-256", "--encoding=UTF8", "--data-checksums", *_locale(cluster)]
    hurry = ["--no-sync"] if cluster.options.get("fsync") == "off" else []
    return children.spawn(
        children.Birth(
            command=[*initdb, *shape, *hurry],
            env=_ENV,
            log=cluster.log,
            tenant=tenant,
            death_signal=Signals.SIGKILL,
        )
    )


def _finish_making(cluster: Cluster, making: subprocess.Popen[bytes]) -> None:
    code = making.wait()
    _password_file(cluster).unlink()
    if code != 0:
        raise OperationError(f"initdb failed ({cluster.name}):\n{children.last_lines(cluster.log)}")
    (cluster.quarters.base / f"{cluster.name}.new").rename(cluster.data_dir)


def _password_file(cluster: Cluster) -> Path:
    return cluster.quarters.base / f".{cluster.name}.password"


def _locale(cluster: Cluster) -> Sequence[str]:
    """Sort by code point on every machine: German order comes from a column of its own."""
    if cluster.binaries.major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return ["--locale=C"]
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return ["--locale=C.UTF-8"]


def _passwords(memory: Path) -> dict[str, str]:
    known = read_json(memory)
    if known is None:
        known = {name: secrets.token_hex(32) for name in _PORTS}
        write_json(memory, known)
    return known

"""Lets the tests find mutants: each in a forked process, with the tests that pass through its line.

`python -m tests.second.mutating crypto policy` tries every mutant; `keeper --sample 100` a hundred that a seed chooses.
Threads, sockets and clusters of the tests stay those of the tests; only both clusters are started once for all.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import coverage
import hypothesis
import pytest

from registry.ops import migrate, roles
from registry.ops.postgres import Pair
from tests.conftest import HURRY, TEMPLATE
from tests.second.mutants import Mutant, mutants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType, ModuleType

ROOT = Path(__file__).parents[2]
_OURS = ("schemas", "consent", "registry", "adapters", "tests")
#: What is tried, and the tests that may find it. The keeper's state machine and its races would find much, slowly.
GROUPS: dict[str, tuple[str, str]] = {
    "crypto": (
        "registry/crypto/*.py",
        "tests/unit/test_crypto_*.py tests/unit/test_custody_settings.py tests/property/test_crypto_*.py",
    ),
    "policy": ("consent/policy.py", "tests/unit/test_consent_policy.py tests/property/test_consent_policy.py"),
    "keeper": (
        "registry/keeper/**/*.py",
        (
            "tests/integration/test_keeper_[delptw]*.py tests/integration/test_keeper_rows.py"
            " tests/integration/test_custody*.py tests/integration/test_export_desk.py tests/integration/test_linker.py"
            " tests/integration/test_api_links.py tests/integration/test_import_changes.py"
            " tests/integration/test_import_[!c]*.py tests/integration/test_retention.py"
            " tests/integration/test_rotation.py tests/integration/test_rotation_[!r]*.py"
            " tests/integration/test_restoring.py tests/integration/test_restoring_[!c]*.py"
            " tests/integration/test_trimming.py tests/migrations/test_head.py"
            " tests/unit/test_custody*.py tests/unit/test_linkage_tokens.py tests/unit/test_keeper_*.py"
            " tests/unit/test_wire_documents.py"
        ),
    ),
}
_SLOW = ("sixty_persons", "fits_no_frame", "test_random_bytes")
_PATIENCE_SECONDS = 240
#: All tests once, with coverage, perhaps beside whatever else runs on the machine.
_LEARNING_SECONDS = 3600
_USUAL = (
    "-q",
    "-x",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "--no-header",
    "-m",
    "not long",
    "--timeout=60",
)
#: A mutant is found by the first example that fails; nobody reads the smallest one.
_PROFILE = hypothesis.settings(
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate], max_examples=60, database=None, deadline=None
)
hypothesis.settings.register_profile("mutants", _PROFILE)


@dataclass(eq=False)
class Standing:
    """A pytest plugin that hands out both clusters as they stand, and may say which lines each test passes."""

    given: dict[str, Any]
    watched: coverage.Coverage | None = None
    failed: set[str] = field(
        default_factory=set
    )  #: tests that fail without any mutant: what they say counts for nothing

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:  # noqa: ANN401 - pytest's own types are private
        """Answer for the fixtures that are ready."""
        if fixturedef.argname not in self.given:
            return None
        fixturedef.cached_result = (self.given[fixturedef.argname], fixturedef.cache_key(request), None)
        return self.given[fixturedef.argname]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that what runs from now on belongs to this test."""
        if self.watched is not None:
            self.watched.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what fails."""
        if report.failed:
            self.failed.add(report.nodeid)


@dataclass(frozen=True, slots=True)
class Faulty(importlib.abc.MetaPathFinder):
    """Imports the mutant in place of its module."""

    mutant: Mutant

    def find_spec(self, name: str, _path: object = None, _target: ModuleType | None = None) -> Any:  # noqa: ANN401 - None or a spec
        """Answer for the one module."""
        if name != ".".join(self.mutant.path.relative_to(ROOT).with_suffix("").parts):
            return None
        loader = _Loader(name, str(self.mutant.path))
        loader.mutant = self.mutant
        return importlib.machinery.ModuleSpec(name, loader, origin=str(self.mutant.path))


class _Loader(importlib.machinery.SourceFileLoader):
    mutant: Mutant

    def get_code(self, _name: str) -> CodeType:
        return compile(self.mutant.tree(), str(self.mutant.path), "exec")


@dataclass(slots=True)
class Trials:
    """Everything that is known while mutants are tried."""

    standing: Standing
    tests: list[str]
    passing: dict[str, dict[int, list[str]]] = field(default_factory=dict)  #: file -> line -> tests
    found: list[tuple[Mutant, str]] = field(default_factory=list)

    def learn(self) -> None:
        """Run all tests once, to hear which lines each of them passes; those that fail by themselves find nothing."""
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder) / "lines"
            if _forked(lambda: self._watch(told), _LEARNING_SECONDS) not in {0, 1}:
                raise click.ClickException(f"The tests do not run: pytest {' '.join(self.tests)}")
            said = json.loads(told.read_text())
            self.standing.failed.update(said["failed"])
            for file, lines in said["lines"].items():
                self.passing[file] = {int(line): tests for line, tests in lines.items()}

    def _watch(self, told: Path) -> int:
        self.standing.watched = coverage.Coverage(data_file=None, source=["registry", "consent"], config_file=False)
        self.standing.watched.start()
        code = _pytest(["--maxfail=1000", *self.tests], self.standing)
        self.standing.watched.stop()
        data = self.standing.watched.get_data()
        lines = {file: data.contexts_by_lineno(file) for file in data.measured_files()}
        told.write_text(json.dumps({"lines": lines, "failed": sorted(self.standing.failed)}))
        return code

    def try_one(self, mutant: Mutant) -> str:
        """Return what became of a mutant: killed, out of time, not reached, or survived."""
        lines = self.passing.get(str(mutant.path), {})
        here = lines.get(mutant.line) or lines.get(mutant.statement, [])
        if not any(here):  # it runs when it is imported: then whoever passes through its module may find it
            here = sorted({test for tests in lines.values() for test in tests}) if here else []
        tests = [test for test in here if test and self._counts(test)]
        if not tests:
            return "not reached"
        code = _forked(lambda: self._with(mutant, sorted(tests, key=_dear)), _PATIENCE_SECONDS)
        return {0: "survived", None: "out of time"}.get(code, "killed")

    def _counts(self, test: str) -> bool:
        return test not in self.standing.failed and not any(slow in test for slow in _SLOW)

    def _with(self, mutant: Mutant, tests: Sequence[str]) -> int:
        sys.meta_path.insert(0, Faulty(mutant))
        return _pytest(tests, self.standing)


def _dear(test: str) -> tuple[bool, str]:
    """Sort tests that draw many examples behind the others, and those of one file together."""
    return "/property/" in test, test


def _pytest(tests: Sequence[str], standing: Standing) -> int:
    hypothesis.settings.load_profile("mutants")
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]
    return int(pytest.main([*_USUAL, *tests], plugins=[standing]))


def _forked(act: Callable[[], int], patience: float) -> int | None:
    """Act in a forked process that says nothing; return its exit code, None where it had to be ended."""
    child = os.fork()
    if child == 0:
        os.setsid()
        silent = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silent, descriptor)
        code = 70
        with suppress(BaseException):
            code = act()
        os._exit(code)
    end = time.monotonic() + patience
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _clusters(stack: ExitStack) -> dict[str, Any]:
    """Start both clusters with a migrated template, as the tests' own fixtures do."""
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="einmal-mutants-", dir="/tmp")))
    pair = Pair(home, run_dir=home / "run", bindir=None, options=HURRY)
    stack.callback(pair.destroy)
    stack.enter_context(pair)
    own = roles.Logins("test", dict.fromkeys(roles.MEMBERS["main"], "0" * 32))
    roles.install(pair.main.url("postgres"), pair.shred.url("postgres"), own)
    pair.create_database_pair(TEMPLATE)
    migrate.upgrade(pair.main.url(TEMPLATE), pair.shred.url(TEMPLATE))
    return {"clusters": pair, "test_logins": own, "template_pair": TEMPLATE}


def chosen(group: str, sample: int | None, seed: int) -> list[Mutant]:
    """Return the mutants of a group, or a sample of them."""
    paths = sorted(path for path in ROOT.glob(GROUPS[group][0]) if path.name != "__init__.py")
    everybody = [mutant for path in paths for mutant in mutants_of(path)]
    drawn = random.Random(seed).sample(everybody, len(everybody))  # noqa: S311 - to be the same each time
    return drawn[:sample]


@click.command()
@click.argument("groups", nargs=-1, type=click.Choice([*GROUPS]), required=True)
@click.option("--sample", type=int, help="So many of each group; else all.")
@click.option("--seed", type=int, default=1, help="Which ones.")
@click.option("--minutes", type=float, default=600, help="Stop then: what was tried so far is a sample, too.")
def main(groups: Sequence[str], sample: int | None, seed: int, minutes: float) -> None:
    """Try mutants, and say which of them no test finds."""
    os.chdir(ROOT)
    for group in groups:
        with ExitStack() as stack:
            given = _clusters(stack) if "integration" in GROUPS[group][1] else {}
            tests = [str(path) for pattern in GROUPS[group][1].split() for path in sorted(Path().glob(pattern))]
            trials = Trials(Standing(given), tests)
            trials.learn()
            for test in sorted(trials.standing.failed):
                click.echo(f"  fails without any mutant: {test}")
            mutants = chosen(group, sample, seed)
            click.echo(f"{group}: {len(mutants)} mutants")
            for line in _told(trials, mutants, time.monotonic() + 60 * minutes):
                click.echo(line)


def _told(trials: Trials, mutants: Sequence[Mutant], end: float) -> Iterator[str]:
    counted: Counter[str] = Counter()
    for mutant in mutants:
        if time.monotonic() > end:
            break
        fate = trials.try_one(mutant)
        counted[fate] += 1
        if fate != "killed":
            yield f"  {fate}: {mutant.path.relative_to(ROOT)}:{mutant.line} [{mutant.number}] {mutant.fault}"
    tried = counted.total()
    # What hangs fails by its own time limit: where all tests together take too long, none of them has found it yet.
    yield f"  {tried} tried, {dict(counted)}: {100 * counted['killed'] / max(1, tried):.1f} % found"


if __name__ == "__main__":
    main()

"""README names everything that somebody can call or meet; what was added and not written down is found here."""

import re
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import entry_points

import click
import pytest

from adapters import catalogue
from adapters.cli.reports import shown
from adapters.engine.messages import FileReport
from registry.audit.events import Event
from registry.cli.main import registry
from registry.vocabulary import importing
from schemas.vocabularies.terms import Scheme
from tests.architecture.tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, above: str) -> Iterator[tuple[str, click.Command]]:
    """Yield each command that is not hidden, by all its words."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        if isinstance(command, click.Group):
            yield from commands(command, f"{above} {name}")
        elif not command.hidden:
            yield f"{above} {name}", command


@pytest.mark.parametrize(("words", "command"), list(commands(registry, "registry")))
def test_readme_shows_every_command_with_its_options(words: str, command: click.Command) -> None:
    row = re.search(rf"^\| `({re.escape(words)}(?: [^`]*)?)` \|", README, re.MULTILINE)
    assert row, words
    asked = {"--login", "--name", "--password"}  # the command prompts for them, or has a usual answer
    options = {option for each in command.params if isinstance(each, click.Option) for option in each.opts}
    assert options - asked <= set(re.findall(r"--[\w-]+", row[1])), words


def test_readme_names_every_style_list_benchmark_and_event() -> None:
    benchmarks = [entry.name for entry in entry_points(group="registry.benchmarks")]
    words = [*catalogue.names(), *importing.NAMES, *Scheme, *benchmarks, *Event]
    assert [word for word in words if f"`{word}`" not in README] == []


def test_readme_names_every_field_of_an_import_report() -> None:
    assert [field for field in shown(FileReport("x")) if f"`{field}`" not in README] == []


def test_readme_names_every_entry_point_group() -> None:
    """Packages join through them."""
    config = ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    groups = set(config["options.entry_points"]) - {"console_scripts"}
    assert {group for group in groups if f"`{group}`" not in README} == set()


def test_the_map_names_every_package() -> None:
    text = README.partition("## The map")[2].partition("Imports point one way")[0]
    packages = {path.parent.name for top in ("registry", "adapters") for path in (ROOT / top).glob("*/__init__.py")}
    assert {package for package in packages if not re.search(rf"\b{package}/", text)} == set()


def test_decisions_are_numbered_in_a_row() -> None:
    numbers = [
        int(number) for number in re.findall(r"^(\d+)\. \*\*", README.partition("## Decisions")[2], re.MULTILINE)
    ]
    assert numbers == list(range(1, len(numbers) + 1))

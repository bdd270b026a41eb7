"""The frame of the command `registry`; packages add commands through entry points."""

import sys
from importlib.metadata import entry_points

import click

from registry.cli import enrolling, keys, links, processes, restoring, up
from registry.errors import RegistryError


class Commands(click.Group):
    """Our own commands and those of the entry points `registry.commands`, loaded when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names; hidden ones are left out by click."""
        return sorted({*super().list_commands(ctx), *(entry.name for entry in entry_points(group="registry.commands"))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        for entry in entry_points(group="registry.commands", name=cmd_name):
            found = entry.load()
            if isinstance(found, click.Command):
                return found
        return None


@click.group(cls=Commands)
def registry() -> None:
    """Einmal: recorded once, shared as far as the person, or a statute, allows."""


registry.add_command(up.up)
registry.add_command(processes.process)
registry.add_command(keys.keys)
registry.add_command(enrolling.agencies)
registry.add_command(enrolling.officers)
registry.add_command(restoring.backup)
registry.add_command(restoring.restore)
registry.add_command(restoring.replay)
registry.add_command(restoring.audit)
registry.add_command(links.links)


def main() -> None:
    """Run the command line; what the registry refuses is one message, not a traceback."""
    try:
        registry(prog_name="registry")
    except RegistryError as error:
        click.echo(f"registry: {error}", err=True)
        sys.exit(1)
    except PermissionError as error:
        click.echo(f"registry: no permission for {error.filename}: choose another REGISTRY_HOME", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

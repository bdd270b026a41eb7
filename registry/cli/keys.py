"""`registry keys`: the first administrator, and later what happens to keys."""

from __future__ import annotations

import click

from registry import clock, config, db
from registry.casework import enrolling
from registry.db import Sessions
from registry.errors import OperationError
from registry.keys import client
from registry.keys.client import KeeperRefused
from registry.ops import stack
from registry.wire import messages

_WHY = {
    "enrol.not-first": "There is an administrator already; two of them enrol everybody else.",
    "enrol.password-short": "The password needs at least 12 characters.",
    "enrol.login": "The login has 3 to 80 letters, digits or . _ @ + -",
}


@click.group()
def keys() -> None:
    """Keys and who may use them."""


@keys.command()
@click.option("--login", prompt=True, help="What she signs in as.")
@click.option("--name", prompt=True, help="How others see her.")
@click.password_option(help="At least 12 characters; asked for when left out.")
def init(login: str, name: str, password: str) -> None:
    """Make the first administrator; this works only while there is none."""
    settings = stack.attach(config.load("cli"))
    engine = db.configure(settings.database_url, pool_size=1)
    client.configure(settings)
    try:
        with Sessions.begin() as session:
            asked = messages.EnrolFirst(login, name, password)
            enrolled = enrolling.add_first_administrator(session, asked, now=clock.now())
    except KeeperRefused as refused:
        raise OperationError(_WHY.get(refused.reason, f"The keeper refused ({refused.reason}).")) from refused
    finally:
        client.KEEPER.close()
        engine.dispose()
    click.echo(f"{login} is the first administrator. Her one-time codes come from this secret, shown only now:")
    click.echo(f"  {enrolled.totp_secret}")
    click.echo("Enter it into an authenticator application (SHA-1, 6 digits, 30 seconds). Then enrol the second one.")

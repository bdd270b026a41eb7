"""`registry keys`: the first administrator, and later what happens to keys."""

from __future__ import annotations

import click

from registry import clock
from registry.casework.admission import enrolling
from registry.cli import rotating
from registry.cli.enrolling import beside_the_stack, enrol_administrator, tell_secret
from registry.db import Sessions
from registry.wire import admitting


@click.group()
def keys() -> None:
    """Keys and who may use them."""


keys.add_command(enrol_administrator)
keys.add_command(rotating.status)
keys.add_command(rotating.rotate)
keys.add_command(rotating.destroy)


@keys.command()
@click.option("--login", prompt=True, help="What she signs in as.")
@click.option("--name", prompt=True, help="How others see her.")
@click.password_option(help="At least 12 characters; asked for when left out.")
def init(login: str, name: str, password: str) -> None:
    """Make the first administrator; this works only while there is none."""
    with beside_the_stack(), Sessions.begin() as session:
        asked = admitting.EnrolFirst(login, name, password)
        enrolled = enrolling.add_first_administrator(session, asked, now=clock.now())
    click.echo(f"{login} is the first administrator.")
    tell_secret(enrolled.totp_secret)
    click.echo("Then enrol the second one: `registry keys enrol-administrator`. From then on two must agree.")

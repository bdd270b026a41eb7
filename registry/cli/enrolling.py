"""Enrolling on the word of administrators: the second administrator, agencies and their officers."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from registry import clock, config, db
from registry.actors import Officer
from registry.auth import agencies as offices
from registry.auth import passkeys, sessions
from registry.casework.admission import enrolling, signing_in
from registry.db import Sessions
from registry.errors import OperationError
from registry.keys import client
from registry.keys.client import KeeperRefused
from registry.ops import stack
from registry.wire import admitting
from schemas.vocabularies.access import AgencyKind, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

Q = TypeVar("Q")

_TWO = "approval.two-administrators"
_WHY = {
    _TWO: "Two different administrators must agree.",
    "agency.closed": "This agency is closed.",
    "certificate.form": "This is no certificate, neither PEM nor DER.",
    "certificate.key": "The key is of a kind that is not used: P-256, P-384, Ed25519, or RSA of 3072 bits or more.",
    "certificate.time": "The certificate does not hold now.",
    "id-token.issuer": "OIDC_ISSUERS_FILE does not name this issuer.",
    "credential.missing": "There is no such credential.",
    "credential.kind": "This is not for administrators to revoke.",
    "credential.known": "This key or identity is enrolled already.",
    "enrol.login-taken": "Somebody has this login already; choose another.",
    "enrol.login": "The login has 3 to 80 letters, digits or . _ @ + -",
    "enrol.name": "The agency needs a name.",
    "enrol.not-first": "There is an administrator already; two of them enrol everybody else.",
    "enrol.password-short": "The password needs at least 12 characters.",
    "officer.left": "Who ordered this has left: two administrators order it anew.",
    "officer.role": "Only an administrator of the registry may do this.",
    "key.not-retired": "There is no such version, or it still makes new things: rotate the key first.",
    "key.retired-lately": "What was made under it last may still be on its way: try again an hour after its rotation.",
    "key.still-used": "Something still lies under it: rotate the key again, which moves what is left.",
}
_ONE_SIGNS_IN = "An administrator of the registry signs in."
_ANOTHER_SIGNS_IN = "Another administrator signs in."
_ASKED_FOR = "At least 12 characters; asked for when left out."


@contextmanager
def beside_the_stack() -> Iterator[None]:
    """Reach database and keeper of the running registry for a block; a refusal of the keeper is said in words.

    Raises:
        OperationError: nothing runs in this home, or the keeper refused.
    """
    settings = stack.attach(config.load("cli"))
    engine = db.configure(settings.database_url, pool_size=1)
    client.configure(settings)
    try:
        yield
    except KeeperRefused as refused:
        raise OperationError(_WHY.get(refused.reason, f"The keeper refused ({refused.reason}).")) from refused
    finally:
        client.KEEPER.close()
        engine.dispose()


def tell_secret(secret: str | None) -> None:
    """Show the secret of somebody's one-time codes, which nobody can show again."""
    click.echo(f"One-time codes come from this secret, shown only now:\n  {secret}")
    click.echo("Enter it into an authenticator application (SHA-1, 6 digits, 30 seconds).")


@click.command("enrol-administrator")
@click.option("--login", prompt="The new administrator's login", help="What the new administrator signs in as.")
@click.option("--name", prompt="The new administrator's name", help="How others see the new administrator.")
@click.password_option(help=_ASKED_FOR)
def enrol_administrator(login: str, name: str, password: str) -> None:
    """Add an administrator of the registry: the first alone adds the second, further ones need two."""
    with beside_the_stack():
        enrolled = _officer(None, login, name=name, roles=[Role.ADMINISTRATOR.value], password=password)
    click.echo(f"{login} is an administrator of the registry.")
    tell_secret(enrolled.totp_secret)


@click.group()
def agencies() -> None:
    """Offices that take part."""


@agencies.command("add")
@click.argument("name")
@click.argument("kind", type=click.Choice([kind.value for kind in AgencyKind]))
@click.option("--number", help="How the agency names itself in its own files.")
def add_agency(name: str, kind: str, number: str | None) -> None:
    """Add an agency; two administrators sign in."""
    with beside_the_stack():
        with Sessions() as session:
            if number is not None and offices.by_number(session, number) is not None:
                raise OperationError(f"An agency has the number {number} already.")
        enrolled = _approved(
            lambda approvals: admitting.EnrolAgency(approvals, name, kind, number), enrolling.add_agency
        )
    if enrolled.agency is not None:
        click.echo(f"{name} takes part. Its id, for `registry officers add` and `registry import --agency`:")
        click.echo(f"  {enrolled.agency.id}")


@agencies.command("certificate")
@click.argument("agency", type=click.UUID)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def pin_certificate(agency: UUID, file: Path) -> None:
    """Let an agency's own system sign in with the key of this certificate; two administrators sign in."""
    with beside_the_stack():
        enrolled = _approved(
            lambda approvals: admitting.EnrolCertificate(approvals, agency, file.read_bytes()),
            enrolling.add_certificate,
        )
    _tell_credential(enrolled, "The key counts until the certificate ends.")


@click.group()
def officers() -> None:
    """Those who work at agencies."""


@officers.command("add")
@click.argument("agency", type=click.UUID)
@click.argument("login")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", help="How others see the officer; default: the login.")
@click.password_option(help=_ASKED_FOR)
def add_officer(agency: UUID, login: str, *, roles: tuple[str, ...], name: str | None, password: str) -> None:
    """Add an officer to an agency; two administrators sign in. --role can be given several times."""
    with beside_the_stack():
        with Sessions() as session:
            office = offices.by_id(session, agency).name
        enrolled = _officer(agency, login, name=name or login, roles=list(roles), password=password)
    click.echo(f"{login} works at {office}.")
    tell_secret(enrolled.totp_secret)


@officers.command("identity")
@click.argument("login")
@click.argument("issuer")
@click.argument("subject")
def add_identity(login: str, issuer: str, subject: str) -> None:
    """Say by which subject an issuer of ID tokens knows an officer; two administrators sign in."""
    with beside_the_stack():
        with Sessions() as session:
            officer = offices.officer_by_login(session, login)
        enrolled = _approved(
            lambda approvals: admitting.EnrolIdentity(approvals, officer, issuer, subject), enrolling.add_identity
        )
    _tell_credential(enrolled, f"{login} signs in by the word of {issuer}.")


@officers.command("devices")
@click.argument("login")
def list_devices(login: str) -> None:
    """List an officer's devices with their ids, for `registry officers revoke`."""
    with beside_the_stack(), Sessions() as session:
        found = passkeys.owned(session, offices.officer_by_login(session, login))
    for one in found:
        click.echo(f"{one.id}  added {one.added_at:%Y-%m-%d %H:%M} UTC")
    if not found:
        click.echo(f"{login} has no device.")


@officers.command("revoke")
@click.argument("credential", type=click.UUID)
def revoke(credential: UUID) -> None:
    """Let a certificate, an identity or an officer's device count no more; one administrator signs in."""
    with beside_the_stack():
        officer = _signed_in("An administrator of the registry signs in.")
        with Sessions.begin() as session:
            enrolling.revoke(session, credential, actor=officer, now=clock.now())
            signing_in.sign_out(session, officer, now=clock.now())
    click.echo("It counts no more, and what it had opened is ended.")


def _tell_credential(enrolled: admitting.Enrolled, words: str) -> None:
    click.echo(words)
    if enrolled.credential is not None:
        click.echo(f"Its id, for `registry officers revoke`:\n  {enrolled.credential.id}")


def _officer(agency: UUID | None, login: str, *, name: str, roles: list[str], password: str) -> admitting.Enrolled:
    return _approved(
        lambda approvals: admitting.EnrolOfficer(approvals, agency, login, name, roles, password), enrolling.add_officer
    )


def _approved(ask: Callable[[list[bytes]], Q], act: Callable[..., admitting.Enrolled]) -> admitting.Enrolled:
    """Let administrators sign in, the second where the keeper insists; their sessions end with the act."""
    with _signing_in() as approvers:
        approvers.append(_signed_in(_ONE_SIGNS_IN))
        try:
            return _enrolled(ask, act, approvers)
        except KeeperRefused as refused:
            if refused.reason != _TWO:
                raise
        approvers.append(_signed_in(_ANOTHER_SIGNS_IN))
        return _enrolled(ask, act, approvers)


@contextmanager
def two_administrators() -> Iterator[list[Officer]]:
    """Let two administrators of the registry sign in; their sessions end with the block."""
    with _signing_in() as approvers:
        approvers.append(_signed_in(_ONE_SIGNS_IN))
        approvers.append(_signed_in(_ANOTHER_SIGNS_IN))
        yield approvers


@contextmanager
def _signing_in() -> Iterator[list[Officer]]:
    approvers: list[Officer] = []
    try:
        yield approvers
    finally:
        for officer in approvers:
            with suppress(KeeperRefused), Sessions.begin() as session:
                signing_in.sign_out(session, officer, now=clock.now())


def _enrolled(
    ask: Callable[[list[bytes]], Q], act: Callable[..., admitting.Enrolled], approvers: list[Officer]
) -> admitting.Enrolled:
    with Sessions.begin() as session:
        return act(session, ask([one.token for one in approvers]), actor=approvers[0], now=clock.now())


def _signed_in(who: str) -> Officer:
    click.echo(who, err=True)
    login = click.prompt("Login", err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    code = click.prompt("Code from the authenticator", err=True)
    asked = admitting.SignIn(login=login, password=password, totp=code)
    with Sessions.begin() as session:
        token = signing_in.sign_in(session, asked, now=clock.now()).token
        actor = sessions.actor_of(session, token, clock.now())
    if not isinstance(actor, Officer):
        raise OperationError("Only an administrator of the registry may do this.")
    return actor

"""Devices that let somebody in and prove what she decides: added, listed, removed; and what they shall sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from flask import Response, redirect, request

from registry import clock
from registry.actors import PersonActor
from registry.auth import passkeys as kept
from registry.casework.admission import passkeys
from registry.db import Sessions
from registry.edge import guards, problems
from registry.edge.challenges import told
from registry.errors import NotFound
from registry.keys.client import KeeperRefused
from registry.web.forms import devices as forms
from registry.web.rendering import address, page
from registry.web.texts import mark
from registry.wire.asking import PasskeyProof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registry.web.forms.devices import PasswordForm
    from registry.web.forms.me_giving import ProofForm
    from registry.wire.admitting import Challenge

#: What pages ask for by themselves; of a consent the page that shows its record has the challenge in its form.
_ASKED_HERE: Final = frozenset({"add", "confirm", "remove"})
_REFUSED: Final = "proof.refused"
_DONE: Final[Mapping[str, str]] = {
    "added": mark("This device is added. From now on you can sign in with it."),
    "removed": mark("The device is removed. It opens nothing any more."),
}
#: What is told where the keeper did not believe it: of what was typed, and of what a device signed.
LETTER_WRONG: Final = mark(
    "PIN or code are not right. Each code works once; after five wrong tries your letter is locked for good: then go"
    " to an office for a new one."
)
_PASSWORD_WRONG: Final = mark(
    "Password or code are not right. Each code works once; after five wrong tries wait a quarter of an hour."
)
DEVICE_WRONG: Final = mark("The device did not prove that it is you. Try again, or go on without it.")


def welcome() -> Response:
    """Say what a device shall sign to let somebody in."""
    return _told(passkeys.ask("sign-in"))


def ask() -> Response:
    """Say what a device shall sign to be added, to be removed, or to say that a record is hers."""
    about, purpose = request.args.get("about"), request.args.get("purpose", "")
    if purpose not in _ASKED_HERE:
        raise NotFound("There is no such thing.")
    try:
        named = UUID(about).bytes if about else b""
    except ValueError:
        raise NotFound("There is no such thing.") from None
    return _told(passkeys.ask(purpose, named, actor=guards.actor()))


def owned() -> Response:
    """Show the devices of whoever is signed in, and ask whether to add this one."""
    return _list(forms.proving(guards.actor()))


def owned_again() -> Response:
    """Show the list, with the proof as it was filled in."""
    return _list(forms.proving(guards.actor(), request.form))


def add() -> Response:
    """Add the device that made a credential just now."""
    actor, form = guards.actor(), forms.proving(guards.actor(), request.form)
    if not form.validate():
        return _list(form, 422)
    try:
        with Sessions.begin() as session:
            credential = request.form.get("credential", "").encode()
            passkeys.add(session, credential, form.proof(), actor=actor, now=clock.now())
    except KeeperRefused as refused:
        return _list(form, _met(refused), refused=_words(refused))
    return redirect(address("devices.owned", done="added"), 303)  # type: ignore[return-value] # flask's redirect is a werkzeug response


def one(passkey_id: UUID) -> Response:
    """Ask whether to remove a device."""
    return _one(passkey_id, forms.proving(guards.actor()))


def one_again(passkey_id: UUID) -> Response:
    """Show the question, with the proof as it was filled in."""
    return _one(passkey_id, forms.proving(guards.actor(), request.form))


def remove(passkey_id: UUID) -> Response:
    """Remove a device, proved with what was typed or with a device."""
    actor, form = guards.actor(), forms.proving(guards.actor(), request.form)
    signed = request.form.get("credential")
    if not signed and not form.validate():
        return _one(passkey_id, form, 422)
    proof = PasskeyProof(signed.encode()) if signed else form.proof()
    try:
        with Sessions.begin() as session:
            passkeys.remove(session, passkey_id, proof, actor=actor, now=clock.now())
    except KeeperRefused as refused:
        return _one(passkey_id, form, _met(refused), refused=_words(refused))
    return redirect(address("devices.owned", done="removed"), 303)  # type: ignore[return-value] # as above


def in_form(asked: Challenge) -> str:
    """Return a challenge as a form carries it for scripts."""
    return msgspec.json.encode(told(asked)).decode()


def _list(form: ProofForm | PasswordForm, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - whatever a template shows
    with Sessions() as session:
        found = kept.owned(session, guards.actor().id)
    done = _DONE.get(request.args.get("done", "")) if request.method == "GET" else None
    return page("devices/list.html", status, form=form, found=found, done=done, **context)


def _one(passkey_id: UUID, form: ProofForm | PasswordForm, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - as above
    with Sessions() as session:
        found = {one.id: one for one in kept.owned(session, guards.actor().id)}
    if passkey_id not in found:
        raise NotFound("There is no such device.")
    return page("devices/one.html", status, form=form, one=found[passkey_id], **context)


def _met(refused: KeeperRefused) -> int:
    """Return with which status a refusal of a proof is told; any other is told as it is everywhere."""
    problem = problems.of(refused)
    if problem.code != _REFUSED:
        raise refused
    return problems.met(refused).status.value


def _words(refused: KeeperRefused) -> str:
    is_device = refused.reason.startswith(("passkey.", "challenge.", "credential."))
    typed = LETTER_WRONG if isinstance(guards.actor(), PersonActor) else _PASSWORD_WRONG
    return DEVICE_WRONG if is_device else typed


def _told(asked: Challenge) -> Response:
    return Response(msgspec.json.encode(told(asked)), content_type="application/json")

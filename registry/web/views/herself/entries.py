"""What she says herself: one thing at a time, added, corrected, taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from flask import Response, request

from registry import clock
from registry.casework.herself import stating
from registry.db import DatabaseAway, Sessions
from registry.edge import guards, problems
from registry.errors import NotFound
from registry.keys.client import KeeperAway, KeeperRefused
from registry.profiles.appearances import Conflict
from registry.web import showing, telling, texts
from registry.web.forms import stating as forms
from registry.web.forms.intake.names import COMMON, countries, language_name
from registry.web.forms.stating import TOPICS, StatementForm, Topic
from registry.web.texts import mark
from registry.web.views import intake
from registry.web.views.me import show, then
from schemas.compartments import compartment_of, section_of

if TYPE_CHECKING:
    from uuid import UUID

    from registry.casework.herself.stating import Stated

#: What can go wrong without losing what was typed.
_SAVING = (KeeperRefused, KeeperAway, DatabaseAway, Conflict, stating.TooManyChanges, stating.SectionFull)
_LONGEST_KEY = 64
_CHANGED = mark("This was changed meanwhile. What you typed is still there: compare, and send it again.")


def add(topic: str) -> Response:
    """Ask what she wants to say."""
    return _ask(_topic(topic), StatementForm())


def add_again(topic: str) -> Response:
    """Show what she typed."""
    return _ask(_topic(topic), StatementForm(request.form))


def added(topic: str) -> Response:
    """Add what she says; sent twice it is said once."""
    about, form = _topic(topic), StatementForm(request.form)
    said = forms.stated(form, about)
    if said is None:
        return _ask(about, form, 422)
    try:
        with Sessions.begin() as session:
            stating.state(session, said, actor=guards.person(), now=clock.now(), key=f"page:{_once()}")
    except _SAVING as problem:
        return _refused(problem, about, form)
    return then("me.profile", done="stated", part=about.section)


def one(entry_id: UUID) -> Response:
    """Show one entry of hers, to be corrected or taken back."""
    return _show_one(_found(entry_id))


def one_again(entry_id: UUID) -> Response:
    """Show one entry of hers with the correction as she typed it."""
    return _show_one(_found(entry_id), form=StatementForm(request.form))


def correct(entry_id: UUID) -> Response:
    """Say something else in its place; what becomes of another kind, such as university instead of school, is new."""
    found, form = _found(entry_id), StatementForm(request.form)
    about = forms.topic_of(found.entry.kind)
    if about is None:
        raise NotFound("This is changed over the interface.")
    said = forms.stated(form, about)
    if said is None:
        return _show_one(found, form=form, status=422)
    person, now, version = guards.person(), clock.now(), _version()
    try:
        with Sessions.begin() as session:
            change = stating.correct if said["kind"] == found.entry.kind else stating.exchange
            change(session, entry_id, said, version=version, actor=person, now=now)
    except _SAVING as problem:
        return _show_one(_found(entry_id), form=form, **_problem(problem))
    return then("me.profile", done="stated", part=about.section)


def take_back(entry_id: UUID) -> Response:
    """Take an entry back."""
    try:
        with Sessions.begin() as session:
            gone = stating.take_back(session, entry_id, version=_version(), actor=guards.person(), now=clock.now())
    except _SAVING as problem:
        return _show_one(_found(entry_id), **_problem(problem))
    return then("me.profile", done="taken-back", part=section_of(compartment_of(gone.entry.kind)))


def terms() -> Response:
    """Suggest skills or occupations for what she is typing, as part of a page."""
    return intake.terms()


def _topic(name: str) -> Topic:
    if name not in TOPICS:
        raise NotFound("There is no such topic.")
    return TOPICS[name]


def _found(entry: UUID) -> Stated:
    with Sessions() as session:
        return stating.find(session, entry, actor=guards.person())


def _once() -> str:
    """Return what makes this form recognisable when it is sent twice."""
    return request.form.get("once", "")[:_LONGEST_KEY] or str(uuid4())


def _version() -> int:
    """Return the state of hers that she saw."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _ask(topic: Topic, form: StatementForm, status: int = 200, *, refused: str | None = None) -> Response:
    once = _once() if request.method == "POST" else str(uuid4())
    return show("me/entry.html", status, topic=topic, form=form, once=once, refused=refused, **_offered())


def _show_one(
    found: Stated, *, form: StatementForm | None = None, status: int = 200, refused: str | None = None
) -> Response:
    entry, about = found.entry, forms.topic_of(found.entry.kind)
    shown = showing.shown(entry.kind, entry.value, showing.terms_of([entry.value]))
    form = form if form is not None or about is None else forms.filled(entry)
    return show(
        "me/entry.html",
        status,
        topic=about,
        form=form,
        one=found,
        shown=shown,
        refused=refused,
        **_offered(),
    )


def _offered() -> dict[str, Any]:
    language = texts.spoken().code
    return {
        "languages": [language_name(tag, language) for tag in COMMON],
        "countries": countries(language).values(),
    }


def _refused(problem: Exception, topic: Topic, form: StatementForm) -> Response:
    told = _problem(problem)
    return _ask(topic, form, told["status"], refused=told["refused"])


def _problem(problem: Exception) -> dict[str, Any]:
    """Return what is said of a refusal beside what was typed.

    Raises:
        KeeperRefused: the session has ended; there is a page for that.
    """
    told = problems.met(problem)
    if told.code == problems.SIGN_IN.code:
        raise problem
    words = _CHANGED if told.code == problems.OUT_OF_DATE.code else telling.words_for(told.code)
    return {"status": told.status.value, "refused": words}

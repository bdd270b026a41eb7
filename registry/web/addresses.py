"""The open list of pages: every address, its guard and its view. What is not here does not exist."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import current_app, g, redirect, request
from werkzeug.routing import BaseConverter, ValidationError

from registry.auth.sessions import NotSignedIn
from registry.edge.guards import ANYBODY, CASE_WORK, PERSON, PROTECT, REVIEW, SIGNED_IN, WATCH, Guard, NotForYou
from registry.web import rendering, signed
from registry.web.assets.files import PREFIX
from registry.web.languages import LANGUAGES, negotiated
from registry.web.views import devices, intake, intake_letter, me, me_giving, office, office_asking, signing, start
from registry.web.views.herself import entries, meanwhile
from registry.web.views.office_review import links, quality, questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from werkzeug.wrappers import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One address of a page."""

    method: str
    rule: str  #: behind the language
    guard: Guard
    view: Callable[..., Response]
    #: The view shows the session to the keeper before it tells anything, so the guard need not; all others do.
    asks_keeper: bool = False
    #: Shows what a form sent as it was typed, and does nothing else: for who changes the language in the midst of it.
    again: Callable[..., Response] | None = None

    @property
    def name(self) -> str:
        """Return the endpoint's name: module and function of the view."""
        return f"web.{self.view.__module__.rpartition('.')[2]}.{self.view.__name__}"


class InLanguage(BaseConverter):
    """The first part of every page's address."""

    regex = "|".join(LANGUAGES)

    def to_python(self, value: str) -> str:
        """Return the code of a language that there is."""
        if value not in LANGUAGES:
            raise ValidationError
        return value


def _pages() -> Iterator[Page]:
    get, post = "GET", "POST"
    yield Page(method=get, rule="/", guard=ANYBODY, view=start.welcome)
    yield Page(method=get, rule="/sign-in", guard=ANYBODY, view=signing.person)
    yield Page(method=post, rule="/sign-in", guard=ANYBODY, view=signing.let_person_in)
    yield Page(method=get, rule="/office/sign-in", guard=ANYBODY, view=signing.officer)
    yield Page(
        method=post, rule="/office/sign-in", guard=ANYBODY, view=signing.let_officer_in, again=signing.officer_again
    )
    yield Page(method=post, rule="/sign-in/device", guard=ANYBODY, view=signing.let_device_in)
    yield Page(method=post, rule="/office/sign-in/device", guard=ANYBODY, view=signing.let_officers_device_in)
    yield Page(method=get, rule="/office/sign-in/issuer", guard=ANYBODY, view=signing.go_to_issuer)
    yield Page(method=get, rule="/office/sign-in/back", guard=ANYBODY, view=signing.back_from_issuer)
    yield Page(method=get, rule="/sign-in/challenge", guard=ANYBODY, view=devices.welcome)
    yield Page(method=post, rule="/sign-out", guard=SIGNED_IN, view=signing.out, asks_keeper=True)
    yield Page(method=get, rule="/forgotten", guard=ANYBODY, view=me.forgotten)
    yield from _devices()
    yield from _me()
    yield from _intake()
    yield from _office()


def _devices() -> Iterator[Page]:
    get, post, guard, one = "GET", "POST", SIGNED_IN, "/me/devices/<uuid:passkey_id>"
    yield Page(method=get, rule="/me/devices", guard=guard, view=devices.owned)
    yield Page(method=post, rule="/me/devices", guard=guard, view=devices.add, again=devices.owned_again)
    yield Page(method=get, rule="/me/devices/challenge", guard=guard, view=devices.ask)
    yield Page(method=get, rule=one, guard=guard, view=devices.one)
    yield Page(method=post, rule=one, guard=guard, view=devices.remove, again=devices.one_again)


def _intake() -> Iterator[Page]:
    get, post, guard = "GET", "POST", CASE_WORK
    yield Page(method=get, rule="/intake", guard=guard, view=intake.begin)
    yield Page(method=post, rule="/intake", guard=guard, view=intake.known, again=intake.known_again)
    steps = (("new", intake.details, intake.details), ("check", intake.check, intake.check))
    for rule, view, again in (*steps, ("save", intake.save, intake.check)):
        yield Page(method=get, rule=f"/intake/{rule}", guard=guard, view=intake.again)
        yield Page(method=post, rule=f"/intake/{rule}", guard=guard, view=view, again=again)
    yield Page(method=get, rule="/intake/terms", guard=guard, view=intake.terms)
    yield Page(method=get, rule="/intake/<uuid:person_id>/saved", guard=guard, view=intake.saved)
    letter, shown = "/intake/<uuid:person_id>/letter", intake_letter.letter
    yield Page(method=get, rule=letter, guard=guard, view=shown)
    yield Page(method=post, rule=letter, guard=guard, view=intake_letter.hand_over, again=intake_letter.letter_again)


def _me() -> Iterator[Page]:
    get, post, guard = "GET", "POST", PERSON
    yield Page(method=get, rule="/me", guard=guard, view=me.requests)
    one = "/me/requests/<uuid:request_id>"
    yield Page(method=get, rule=one, guard=guard, view=me_giving.asked)
    yield Page(method=post, rule=one, guard=guard, view=me_giving.answered, again=me_giving.asked_again)
    yield Page(method=post, rule="/me/requests/<uuid:request_id>/decline", guard=guard, view=me.decline)
    yield Page(method=get, rule="/me/access", guard=guard, view=me.access)
    yield Page(method=get, rule="/me/grants/<uuid:grant_id>/part", guard=guard, view=me.part)
    yield Page(method=post, rule="/me/grants/<uuid:grant_id>/withdraw", guard=guard, view=me.withdraw)
    yield Page(method=get, rule="/me/grants/<uuid:grant_id>/receipt", guard=guard, view=me.receipt)
    yield Page(method=get, rule="/me/give", guard=guard, view=me_giving.give)
    yield Page(method=get, rule="/me/give/<uuid:agency_id>", guard=guard, view=me_giving.purposes)
    one = "/me/give/<uuid:agency_id>/<purpose>"
    yield Page(method=get, rule=one, guard=guard, view=me_giving.choose)
    yield Page(method=post, rule=one, guard=guard, view=me_giving.chosen, again=me_giving.choose_again)
    yield Page(method=get, rule="/me/records", guard=guard, view=me_giving.records)
    one = "/me/records/<uuid:appearance_id>"
    yield Page(method=get, rule=one, guard=guard, view=me_giving.record)
    yield Page(method=post, rule=one, guard=guard, view=me_giving.confirm, again=me_giving.record_again)
    yield from _herself()
    yield Page(method=get, rule="/me/log", guard=guard, view=me.looked)
    yield Page(method=get, rule="/me/profile", guard=guard, view=me.profile)
    yield Page(method=get, rule="/me/forget", guard=guard, view=me.forget)
    yield Page(method=post, rule="/me/forget", guard=guard, view=me.be_forgotten)


def _herself() -> Iterator[Page]:
    get, post, guard = "GET", "POST", PERSON
    add, one, link = "/me/say/<topic>", "/me/entries/<uuid:entry_id>", "/me/meanwhile/<uuid:link_id>"
    yield Page(method=get, rule=add, guard=guard, view=entries.add)
    yield Page(method=post, rule=add, guard=guard, view=entries.added, again=entries.add_again)
    yield Page(method=get, rule=one, guard=guard, view=entries.one)
    yield Page(method=post, rule=one, guard=guard, view=entries.correct, again=entries.one_again)
    yield Page(method=post, rule=f"{one}/back", guard=guard, view=entries.take_back)
    yield Page(method=get, rule="/me/terms", guard=guard, view=entries.terms)
    yield Page(method=get, rule=link, guard=guard, view=meanwhile.question)
    yield Page(method=post, rule=link, guard=guard, view=meanwhile.answer, again=meanwhile.question_again)
    disown = "/me/records/<uuid:appearance_id>/disown"
    yield Page(method=post, rule=disown, guard=guard, view=meanwhile.disown)


def _office() -> Iterator[Page]:
    get, post, guard = "GET", "POST", CASE_WORK
    yield Page(method=get, rule="/office", guard=guard, view=office.find)
    yield Page(method=post, rule="/office", guard=guard, view=office.look, again=office.find_again)
    yield Page(method=post, rule="/office/open", guard=guard, view=office.open_it)
    yield Page(method=get, rule="/office/requests", guard=guard, view=office_asking.requests)
    yield Page(method=post, rule="/office/requests/<uuid:request_id>/back", guard=guard, view=office_asking.take_back)
    yield from _office_review()
    yield Page(method=get, rule="/office/<uuid:person_id>", guard=guard, view=office.profile)
    yield Page(method=get, rule="/office/<uuid:person_id>/ask", guard=guard, view=office_asking.ask)
    ask = "/office/<uuid:person_id>/ask"
    yield Page(method=post, rule=ask, guard=guard, view=office_asking.send, again=office_asking.ask_again)


def _office_review() -> Iterator[Page]:
    get, post, one = "GET", "POST", "/office/links/<uuid:link_id>"
    yield Page(method=get, rule="/office/links", guard=CASE_WORK, view=links.listed)
    yield Page(method=get, rule=one, guard=CASE_WORK, view=links.one)
    yield Page(method=post, rule=one, guard=CASE_WORK, view=links.settle)
    yield Page(method=get, rule="/office/quality", guard=REVIEW, view=quality.told)
    yield Page(method=get, rule="/office/questions", guard=WATCH, view=questions.listed)
    seen = "/office/questions/<uuid:alarm_id>/seen"
    yield Page(method=post, rule=seen, guard=PROTECT, view=questions.see)


PAGES: tuple[Page, ...] = tuple(_pages())
_BY_NAME: dict[str, Page] = {page.name: page for page in PAGES}


def install(app: Flask) -> None:
    """Open every page, each behind its guard, and the files they are made of."""
    rendering.install(app)
    app.url_map.converters["language"] = InLanguage
    for page in PAGES:
        app.add_url_rule(
            f"/<language:lang>{page.rule}", page.name, page.view, methods=[page.method], provide_automatic_options=False
        )
    app.add_url_rule("/", "web.choose", _choose, methods=["GET"], provide_automatic_options=False)
    app.add_url_rule("/p", "web.letter", _letter, methods=["GET"], provide_automatic_options=False)
    app.add_url_rule(signing.BACK, "web.issuer", _issuer, methods=["GET"], provide_automatic_options=False)
    app.add_url_rule(f"{PREFIX}<name>", "web.file", _file, methods=["GET"], provide_automatic_options=False)
    app.url_value_preprocessor(_speak)
    app.before_request(_admit)


def is_page(path: str) -> bool:
    """Say whether an address is one of pages, so that what is refused there is told as a page."""
    return not path.startswith(("/api/", "/healthz", "/readyz"))


def _speak(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take the language out of the address; where it names none, that of the browser."""
    if not is_page(request.path):
        return
    code = values.pop("lang", None) if values else None
    g.pages = current_app.extensions[rendering.PAGES]
    g.language = LANGUAGES[code] if code else negotiated([tag for tag, _ in request.accept_languages])


def _admit() -> Response | None:
    """Let the guard of the page decide, and see that forms come from our own pages.

    Returns:
        The page with the form as it was typed, where that is all that was asked for: then no view is called.
    """
    page = _BY_NAME.get(request.endpoint or "")
    if page is None:
        return None
    if page.guard is not ANYBODY:
        page.guard.admit(signed.token, asks_keeper=page.asks_keeper)
    elif signed.COOKIE in request.cookies:
        with suppress(NotSignedIn, NotForYou):  # whoever was signed in is a stranger here like everybody else
            SIGNED_IN.admit(signed.token)
    signed.insist_own_form()
    return _shown_again(page) if rendering.AGAIN in request.form else None


def _shown_again(page: Page) -> Response:
    """Return what a form sent; of a page that has nothing to fill in only the page itself."""
    if page.again is None:
        return redirect(rendering.here(g.language.code), 303)
    return page.again(**request.view_args or {})


def _choose() -> Response:
    """Lead to the start page in the browser's language."""
    return redirect(rendering.address("start.welcome"), 303)


def _letter() -> Response:
    """Lead from a letter to its sign-in; the code stands behind the # and is never sent."""
    return redirect(rendering.address("signing.person"), 303)


def _issuer() -> Response:
    """Lead from an issuer to the page in the officer's language, with what the issuer said."""
    said = {name: request.args[name] for name in ("code", "state") if name in request.args}
    language = LANGUAGES.get(signing.spoken_before(), g.language)
    return redirect(rendering.address("signing.back_from_issuer", lang=language.code, **said), 303)


def _file(name: str) -> Response:
    return g.pages.files.answer(name, takes_gzip=request.accept_encodings.quality("gzip") > 0)  # type: ignore[no-any-return] # g

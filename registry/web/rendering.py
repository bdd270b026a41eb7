"""Makes pages of templates: language, direction, addresses and dates are known to all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from babel.dates import format_date, format_time, get_timezone
from flask import Response, current_app, g, render_template, request, url_for
from jinja2 import FileSystemLoader
from markupsafe import Markup, escape
from wtforms import FieldList, FormField

from registry.edge import guards
from registry.web import signed, texts, words
from registry.web.assets.files import Files
from registry.web.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, tzinfo
    from gettext import NullTranslations

    from flask import Flask
    from wtforms.form import BaseForm

#: Under this name the application keeps what its pages need.
PAGES: Final = "einmal.pages"
#: The field by which a form asks to be shown again, in the language of the address: nothing else happens.
AGAIN: Final = "show-again"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _clock() -> tzinfo:
    """Return the clock that offices and persons live by; UTC where the machine has no list of zones."""
    try:
        return get_timezone("Europe/Berlin")
    except LookupError:
        return UTC


_ZONE: Final = _clock()


@dataclass(frozen=True, slots=True)
class Pages:
    """What all pages share: files and translations."""

    files: Files
    translations: Mapping[str, NullTranslations]


def install(app: Flask) -> None:
    """Let this application make pages."""
    app.extensions[PAGES] = Pages(Files.load(), texts.load())
    app.jinja_loader = FileSystemLoader(Path(__file__).parent / "templates")
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(said, said_of, newstyle=True)  # type: ignore[attr-defined] # the extension's
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals |= {
        "address": address,
        "asset": _asset,
        "day": _day,
        "moment": _moment,
        "form_token": signed.form_token,
        "FORM_FIELD": signed.FIELD,
        "LANGUAGES": LANGUAGES,
        "AGAIN": AGAIN,
        "here": here,
        "wrong_of": wrong_of,
        "words": words,
    }
    app.jinja_env.filters["theirs"] = theirs


def page(template: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - whatever a template shows
    """Return a page made of a template."""
    content = render_template(template, language=texts.spoken(), actor=guards.admitted(), **context)
    response = Response(content, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    # With none at all browsers say "Origin: null" even of our own forms.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Content-Language"] = texts.spoken().code
    response.headers["Vary"] = "Cookie, HX-Request"
    return response


def said(text: str) -> str:
    """Return a text in the language of the page."""
    return _translations().gettext(text)


def said_of(one: str, several: str, count: int) -> str:
    """Return a text in the language of the page, in the form for a number."""
    return _translations().ngettext(one, several, count)


def address(endpoint: str, **values: Any) -> str:  # noqa: ANN401 - parts of an address
    """Return the address of a page in the language of this one."""
    return url_for(f"web.{endpoint}", **{"lang": texts.spoken().code} | values)


def here(code: str) -> str:
    """Return the address of this page in another language; of what was sent with a form only its own address."""
    if request.endpoint and request.endpoint in current_app.view_functions and request.view_args is not None:
        rule = request.url_rule
        if rule is not None and "lang" in rule.arguments:
            # What stands behind the ? is the visitor's: it never becomes an argument of a function.
            query = request.query_string.decode("ascii", "replace")
            same = url_for(request.endpoint, **request.view_args | {"lang": code}) + (f"?{query}" if query else "")
            if request.method == "GET" or _can_be_loaded(same):
                return same
    return url_for("web.start.welcome", lang=code)


def is_part() -> bool:
    """Say whether a part of a page is asked for, to take the place of another."""
    return request.headers.get("HX-Request") == "true"


def wrong_of(form: BaseForm) -> list[tuple[str, str]]:
    """Return what is wrong with a form: the id of each field that is, and its first message, to be translated."""
    found: list[tuple[str, str]] = []
    for field in form:
        if isinstance(field, FormField):
            found += wrong_of(field.form)
        elif isinstance(field, FieldList):
            for one in field:
                found += (
                    wrong_of(one.form) if isinstance(one, FormField) else [(one.id, one.errors[0])] * bool(one.errors)
                )
        elif field.errors:
            found.append((field.id, str(field.errors[0])))
    return found


def theirs(value: object) -> Markup:
    """Return what somebody wrote, so that its direction does not disturb what stands around it."""
    return Markup("<bdi>{}</bdi>").format(escape(value))


def _can_be_loaded(target: str) -> bool:
    """Say whether an address is that of a page, and not only where a form is sent to."""
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(urlsplit(target).path, "GET")


def _asset(name: str) -> str:
    return _pages().files.addresses[name]


def _day(at: date) -> str:
    local = at.astimezone(_ZONE) if isinstance(at, datetime) else at
    return format_date(local, "long", locale=texts.spoken().locale)


def _moment(at: datetime) -> str:
    locale = texts.spoken().locale
    local = at.astimezone(_ZONE)
    return f"{format_date(local, 'long', locale=locale)}, {format_time(local, 'short', tzinfo=_ZONE, locale=locale)}"


def _translations() -> NullTranslations:
    return _pages().translations[texts.spoken().code]


def _pages() -> Pages:
    pages = g.get("pages")
    if not isinstance(pages, Pages):
        raise TypeError("no page is being made")
    return pages

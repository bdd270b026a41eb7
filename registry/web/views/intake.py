"""The counter: look for somebody, hear what she can and needs, check the answers, record them.

Nothing is kept between the pages but in the forms themselves, and nothing is recorded before somebody was looked for.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from flask import redirect, request

from registry import clock
from registry.casework import linking, recording
from registry.casework.linking import Choice, Chosen
from registry.db import DatabaseAway, Sessions
from registry.edge import guards, problems
from registry.errors import NotFound
from registry.keys.client import KeeperAway, KeeperRefused
from registry.linkage.client import LinkerAway, LinkerRefused
from registry.profiles import appearances
from registry.vocabulary import telling as terms_telling
from registry.web import telling, texts
from registry.web.forms.intake import mark as marks
from registry.web.forms.intake.details import DetailsForm
from registry.web.forms.intake.entries import loaded
from registry.web.forms.intake.fields import carried
from registry.web.forms.intake.identity import IdentityForm, question, stated
from registry.web.forms.intake.mark import Mark, NotAsked
from registry.web.forms.intake.names import COMMON, countries, language_name
from registry.web.forms.intake.summary import summary
from registry.web.rendering import address, page
from registry.web.texts import mark
from registry.web.wording.kinds import KINDS
from registry.web.words import SECTIONS, difference, reason
from schemas.canonical import canonical
from schemas.compartments import Section
from schemas.entries import EntryIn
from schemas.sections.identifiers import format_warnings
from schemas.vocabularies.access import Verdict
from schemas.vocabularies.terms import Scheme

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Response


#: Headings of the lists of the form.
_TITLES: Final = {
    "languages": SECTIONS[Section.LANGUAGES],
    "education": SECTIONS[Section.EDUCATION],
    "jobs": SECTIONS[Section.WORK],
    "skills": mark("Skills"),
    "needs": SECTIONS[Section.NEEDS],
}
_ENTRY_IN: Final = EntryIn()
_DECIDE: Final = mark("Decide first whether this is the same person.")
_SCHEMES: Final = {"skill": Scheme.ESCO_SKILL, "occupation": Scheme.KLDB}
_SUGGESTIONS = 8
_MOST_TYPED = 200
#: What can go wrong without losing what was typed.
_AWAY: Final = (KeeperRefused, KeeperAway, LinkerAway, LinkerRefused, DatabaseAway)
_SAVING: Final = (*_AWAY, recording.KeyReused, recording.InProgress)


@dataclass(frozen=True, slots=True)
class _Interview:
    """What the forms carry of one person."""

    identity: IdentityForm
    details: DetailsForm
    entries: list[dict[str, Any]]  #: of the identity, as EntryIn loads them
    mark: Mark
    choice: str  #: a verdict, "same" with the number of the match: same-0; empty where nobody was found

    def said(self) -> Choice | None:
        """Return what the clerk said of who was found, if anybody was."""
        verdict, _, number = self.choice.partition("-")
        if not verdict:
            return None
        found = (self.mark.matches[int(number)],) if number else self.mark.matches
        return Choice(Verdict(verdict), tuple(one.chosen for one in found))


def begin() -> Response:
    """Ask who sits at the counter."""
    return _identity_page(IdentityForm())


def again() -> Response:
    """Lead to the beginning whoever opens the address of a form that only follows another one."""
    return redirect(address("intake.begin"), 303)  # type: ignore[return-value] # flask's redirect is a werkzeug response


def known() -> Response:
    """Ask whether she is known already, or show masked values of somebody who was found."""
    act, form = request.form.get("act", ""), IdentityForm(request.form)
    if not form.validate():
        return _identity_page(form, 422)
    entries = _loaded(form)
    officer, _, _ = guards.officer()
    now = clock.now()
    try:
        if act == "change":
            asked = marks.read(officer.token, question(entries), request.form.get("mark", ""), now=now)
            return _identity_page(form, asked=asked)
        if act.startswith("hint-"):
            return _hinted(form, entries, act.removeprefix("hint-"))
        found = linking.ask(question(entries), actor=officer, now=now)
    except (*_AWAY, NotAsked, NotFound) as problem:
        return _refused("intake/identity.html", problem, form=form, carried=_details_carried())
    return _identity_page(form, asked=marks.made(officer.token, question(entries), found, at=now))


def known_again() -> Response:
    """Show the first step as it was filled in; nobody is asked about."""
    return _identity_page(IdentityForm(request.form), asked=_asked_before())


def details() -> Response:
    """Ask for languages, education, work, skills and needs; add and remove rows."""
    interview = _interview()
    if not isinstance(interview, _Interview):
        return interview
    interview.details.change_rows(request.form.get("act", ""))
    return _details_page(interview)


def check() -> Response:
    """Show all answers before they are recorded."""
    interview = _interview()
    if not isinstance(interview, _Interview):
        return interview
    if _answers(interview) is None:
        return _details_page(interview, 422)
    return _check_page(interview)


def save() -> Response:
    """Record what was checked; sent twice it is recorded once."""
    interview = _interview()
    if not isinstance(interview, _Interview):
        return interview
    answers = _answers(interview)
    if answers is None:
        return _details_page(interview, 422)
    officer, _, _ = guards.officer()
    entries = [*interview.entries, *answers]
    content = canonical({"entries": entries, "choice": interview.choice})
    once = recording.Once(str(interview.mark.once), sha256(content).digest())
    try:
        choice = _fresh(interview)
        taken = recording.take_in(entries, actor=officer, now=clock.now(), once=once, choice=choice)
    except _SAVING as problem:
        return _refused("intake/check.html", problem, **_check_context(interview))
    said = interview.said()
    kept = {} if said is None else {said.verdict.value: int(taken.is_kept)}
    return redirect(address("intake.saved", person_id=taken.person, **kept), 303)  # type: ignore[return-value] # as above


def saved(person_id: UUID) -> Response:
    """Say that she is recorded, and what comes next."""
    insist_ours(person_id)
    linked, left = request.args.get(Verdict.SAME.value), request.args.get(Verdict.UNSURE.value)
    return page("intake/saved.html", person=person_id, linked=linked, left=left)


def terms() -> Response:
    """Suggest skills or occupations for what is being typed, as part of a page."""
    scheme, typed = _SCHEMES.get(request.args.get("list", "")), request.args.get("text", "").strip()
    if scheme is None or not 1 < len(typed) <= _MOST_TYPED:
        return page("intake/terms.html", found=[])
    with Sessions() as session:
        language = texts.spoken().code
        found = terms_telling.suggest(session, scheme, typed, language=language, limit=_SUGGESTIONS)
    return page("intake/terms.html", found=found)


def insist_ours(person: UUID) -> None:
    """Let an officer go on with a person whom her own office keeps.

    Raises:
        NotFound: nobody, or somebody of other offices.
    """
    _, agency, _ = guards.officer()
    with Sessions() as session:
        if not appearances.of_source(session, person, agency):
            raise NotFound("There is no such person.")


def _interview() -> _Interview | Response:
    """Return what the forms carry; where nobody was looked for, or nothing decided, the page on which that is done."""
    form = IdentityForm(request.form)
    if not form.validate():
        return _identity_page(form, 422)
    entries, text = _loaded(form), request.form.get("mark", "")
    officer, _, _ = guards.officer()
    try:
        asked = marks.read(officer.token, question(entries), text, now=clock.now())
    except NotAsked as problem:
        return _refused("intake/identity.html", problem, form=form, carried=_details_carried())
    choice = request.form.get("choice", "")
    choices = {Verdict.DIFFERENT, Verdict.UNSURE, *(f"{Verdict.SAME}-{at}" for at in range(len(asked.matches)))}
    if choice not in (choices if asked.matches else {""}):
        return _identity_page(form, 422, asked=asked, undecided=_DECIDE)
    return _Interview(form, DetailsForm(request.form), entries, asked, choice)


def _asked_before() -> Mark | None:
    """Return what was found for just what is filled in, if it still counts."""
    form = IdentityForm(request.form)
    if not form.validate():
        return None
    officer, _, _ = guards.officer()
    with suppress(NotAsked):
        return marks.read(officer.token, question(_loaded(form)), request.form.get("mark", ""), now=clock.now())
    return None


def _loaded(form: IdentityForm) -> list[dict[str, Any]]:
    return [_ENTRY_IN.load(one) for one in stated(form)]


def _answers(interview: _Interview) -> list[dict[str, Any]] | None:
    """Return the entries beside the identity; None where something is wrong, which then stands at its field."""
    if not interview.details.validate():
        return None
    entries = loaded(interview.details)
    return None if interview.details.errors else entries


def _fresh(interview: _Interview) -> Choice | None:
    """Return what was said of matches as the linker finds them now: what it said before the interview is too old.

    Where it cannot be asked, nobody has to wait who said anything else than "the same".
    """
    said = interview.said()
    if said is None or clock.now() - interview.mark.at < marks.FRESH:
        return said
    officer, _, _ = guards.officer()
    try:
        found = linking.ask(question(interview.entries), actor=officer, now=clock.now())
    except _AWAY:
        if said.verdict is Verdict.SAME:
            raise
        return Choice(said.verdict, ())
    meant = {one.appearance for one in said.matches}
    again_ = tuple(Chosen(one.appearance_id, one.sealed) for one in found if one.appearance_id in meant)
    return Choice(said.verdict, again_)


def _hinted(form: IdentityForm, entries: list[dict[str, Any]], typed: str) -> Response:
    officer, _, _ = guards.officer()
    asked = marks.read(officer.token, question(entries), request.form.get("mark", ""), now=clock.now())
    number = {str(at): at for at in range(len(asked.matches))}.get(typed)
    if number is None:
        raise NotAsked("There is no such match.")
    hints = {number: linking.hint(asked.matches[number].chosen, actor=officer)}
    return _identity_page(form, asked=asked, hints=hints)


def _identity_page(form: IdentityForm, status: int = 200, **shown: Any) -> Response:  # noqa: ANN401 - whatever the template shows
    choice = request.form.get("choice", "") if request.method == "POST" else ""
    words = {"reason_words": _reason, "difference_words": difference, "kinds": KINDS}
    return page("intake/identity.html", status, form=form, carried=_details_carried(), choice=choice, **words, **shown)


def _reason(parts: tuple[str, str, str]) -> str:
    return reason(":".join(parts))


def _details_page(interview: _Interview, status: int = 200) -> Response:
    language = texts.spoken().code
    return page(
        "intake/details.html",
        status,
        form=interview.details,
        carried=_carried(interview, has_details=False),
        identity=interview.identity,
        languages=[language_name(tag, language) for tag in COMMON],
        countries=countries(language).values(),
        titles=_TITLES,
    )


def _check_page(interview: _Interview) -> Response:
    return page("intake/check.html", **_check_context(interview))


def _check_context(interview: _Interview) -> dict[str, Any]:
    unusual = [one["kind"] for one in interview.entries if format_warnings(one["kind"], one["value"])]
    return {
        "identity": summary(interview.identity),
        "details": summary(interview.details),
        "carried": _carried(interview, has_details=True),
        "unusual": unusual,
        "titles": _TITLES,
        "kinds": KINDS,
        "choice": interview.choice.partition("-")[0],
    }


def _carried(interview: _Interview, *, has_details: bool) -> list[tuple[str, str]]:
    whole = [*carried(interview.identity), ("mark", interview.mark.text), ("choice", interview.choice)]
    return whole + (list(carried(interview.details)) if has_details else [])


def _details_carried() -> list[tuple[str, str]]:
    """Return what was answered already, for the pages on which somebody is looked for once more."""
    return list(carried(DetailsForm(request.form))) if request.method == "POST" else []


def _refused(template: str, problem: Exception, **shown: Any) -> Response:  # noqa: ANN401 - whatever the template shows
    """Return the same page with what was refused, so that nothing that was typed is lost.

    Raises:
        KeeperRefused: the session has ended; there is a page for that.
    """
    if isinstance(problem, NotAsked):
        return page(template, 422, refused=telling.words_for(problem.code), **shown)
    told = problems.met(problem)
    if told.code == problems.SIGN_IN.code:
        raise problem
    return page(template, told.status.value, refused=telling.words_for(told.code), **shown)

"""The office: whose profile to open and why, and what of it this office may see; nothing looks like nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from flask import redirect, request

from consent.errors import ConsentDenied
from registry import clock
from registry.auth import agencies
from registry.casework import linking, opening
from registry.db import DatabaseAway, Sessions
from registry.edge import guards, problems
from registry.errors import NotFound
from registry.keys.client import KeeperAway, KeeperRefused
from registry.linkage.client import LinkerAway, LinkerRefused
from registry.profiles import reading
from registry.profiles.contradictions import contradictions
from registry.web import showing, telling
from registry.web.forms.office import FindForm, purposes
from registry.web.rendering import address, page
from registry.web.views.office_review.questions import waiting
from schemas.compartments import Section
from schemas.entries import EntryIn
from schemas.vocabularies.access import Purpose
from schemas.vocabularies.names import NameForm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flask import Response
    from markupsafe import Markup

    from registry.casework.opening import Told
    from registry.web.showing import Provenance
    from registry.wire.linking import Finding
    from schemas.entries import Entry

_ENTRY_IN: Final = EntryIn()
#: What can go wrong with a question without losing what was typed.
_REFUSED: Final = (KeeperRefused, KeeperAway, LinkerAway, LinkerRefused, DatabaseAway)


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who may be meant; nothing is told of her but why."""

    person: UUID
    grade: str
    reasons: tuple[str, ...]
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One entry on the page, with who said it."""

    shown: showing.Shown
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a profile: what is known and undisputed, by kind, and what sources say differently."""

    section: Section
    is_shared: bool
    disputed: Sequence[Sequence[Statement]] = ()
    kinds: Sequence[tuple[str, Sequence[Statement]]] = ()

    @property
    def is_filled(self) -> bool:
        """Say whether there is anything to see."""
        return bool(self.disputed or self.kinds)


def find() -> Response:
    """Ask whose profile is to be opened, and why."""
    _, _, kind = guards.officer()
    return page("office/find.html", form=FindForm(kind=kind), unusual=waiting())


def find_again() -> Response:
    """Show the form as it was filled in; nobody is looked for."""
    _, _, kind = guards.officer()
    return page("office/find.html", form=FindForm(request.form, kind=kind))


def look() -> Response:
    """Look for somebody by a number or by name and birth date; a profile's own number leads straight to it."""
    officer, _, kind = guards.officer()
    form = FindForm(request.form, kind=kind)
    if not form.validate():
        return page("office/find.html", 422, form=form)
    if form.profile is not None:
        return _to_profile(form.profile, form.purpose.data)
    entries = [_ENTRY_IN.load(one) for one in form.stated()]
    try:
        found = linking.ask(entries, actor=officer, now=clock.now(), purpose=Purpose(form.purpose.data))
    except _REFUSED as refused:
        problem = problems.met(refused)
        words = telling.words_for(problem.code)
        return page("office/find.html", problem.status.value, form=form, refused=words)
    return page("office/find.html", form=form, matches=_matches(found))


def open_it() -> Response:
    """Lead to a profile that was chosen."""
    try:
        return _to_profile(UUID(request.form.get("person", "")), request.form.get("purpose", ""))
    except ValueError:
        raise NotFound("There is no such person.") from None


def profile(person_id: UUID) -> Response:
    """Show what this office may see of a person for the purpose that the address names."""
    officer, _, kind = guards.officer()
    purpose = asked_purpose()
    if purpose is None:
        return page("office/purpose.html", person=person_id, purposes=purposes(kind))
    try:
        told = opening.told(person_id, purpose, actor=officer, now=clock.now(), held=guards.held())
    except (NotFound, ConsentDenied) as nothing:
        return nothing_here(person_id, purpose, nothing)
    parts, name = _parts(told)
    return page("office/profile.html", person=person_id, purpose=purpose, parts=parts, name=name)


def nothing_here(person: UUID, purpose: Purpose, error: Exception) -> Response:
    """Return what is said of nobody, and of somebody who shares nothing with this office: the same."""
    problem = problems.met(error)
    return page("office/nothing.html", problem.status.value, person=person, purpose=purpose)


def asked_purpose() -> Purpose | None:
    """Return the purpose that the address names, if this kind of office has it."""
    _, _, kind = guards.officer()
    return next((one for one in purposes(kind) if one == request.args.get("purpose")), None)


def _to_profile(person: UUID, purpose: str) -> Response:
    return redirect(address("office.profile", person_id=person, purpose=purpose), 303)  # type: ignore[return-value] # flask's redirect is a werkzeug response


def _matches(found: Iterable[Finding]) -> list[Match]:
    """Return each person once, the best first: of several records the one that speaks the most for her."""
    best: dict[UUID, Match] = {}
    for one in found:
        codes = tuple(f"{reason.code}:{reason.attribute}:{reason.level}" for reason in one.reasons)
        best.setdefault(one.person_id, Match(one.person_id, one.grade, codes, one.differences))
    return list(best.values())


def _parts(told: Told) -> tuple[list[Part], Markup | None]:
    """Return the sections as the page shows them, and the name, where it may be seen."""
    opened = told.opened()
    entries = reading.by_section(opened)
    statements = _statements([one for some in entries.values() for one in some])
    groups: dict[Section | None, list[list[UUID]]] = {}
    for one in contradictions(opened):
        _join(groups.setdefault(one.section, []), list(one.entries))
    parts = [
        _part(section, entries.get(section, ()), statements, groups=groups.get(section, []))
        if section in told.granted
        else Part(section, is_shared=False)
        for section in told.listed
    ]
    return parts, _name(entries.get(Section.IDENTITY, ()), statements)


def _statements(entries: Sequence[Entry]) -> Mapping[UUID, Statement]:
    """Return what each entry says and who said it; two queries for all of them, and one for each list of codes."""
    terms = showing.terms_of([one.value for one in entries])
    with Sessions() as session:
        names = agencies.names_of(session, {one.source for one in entries if isinstance(one.source, UUID)})
    return {
        one.id: Statement(showing.shown(one.kind, one.value, terms), showing.provenance(one, names)) for one in entries
    }


def _part(
    section: Section,
    entries: Sequence[Entry],
    statements: Mapping[UUID, Statement],
    *,
    groups: Sequence[Sequence[UUID]],
) -> Part:
    disputed = {one for group in groups for one in group}
    kinds: dict[str, list[Statement]] = {}
    for one in entries:
        if one.id not in disputed:
            kinds.setdefault(statements[one.id].shown.what, []).append(statements[one.id])
    side_by_side = [[statements[one] for one in group] for group in groups]
    return Part(section, is_shared=True, disputed=side_by_side, kinds=list(kinds.items()))


def _join(groups: list[list[UUID]], entries: list[UUID]) -> None:
    """Add entries to the groups; what shares one becomes one group."""
    sharing = [group for group in groups if not set(entries).isdisjoint(group)]
    joined = list(dict.fromkeys([one for group in sharing for one in group] + entries))
    groups[:] = [group for group in groups if group not in sharing] + [joined]


def _name(entries: Iterable[Entry], statements: Mapping[UUID, Statement]) -> Markup | None:
    names = [one for one in entries if one.kind == "identity.name"]
    current = [one for one in names if one.value.get("form") == NameForm.CURRENT]
    return next((statements[one.id].shown.title for one in current + names), None)

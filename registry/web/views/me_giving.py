"""What takes her proof: giving a permission, step by step, and saying of a record "this is me"."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from flask import request

from consent.ceilings import allowed_sections
from consent.records import Notice
from registry import clock
from registry.auth import agencies, passkeys
from registry.casework import granting, linking, notices, requesting
from registry.casework.admission import passkeys as admission
from registry.casework.herself import meanwhile
from registry.db import Sessions
from registry.edge import guards, problems
from registry.errors import NotFound
from registry.keys.client import KeeperRefused
from registry.ledger import grants
from registry.ledger import requests as asked_for
from registry.linkage import decisions
from registry.profiles import appearances
from registry.web import telling, texts, words
from registry.web.forms import me_giving as forms
from registry.web.forms.me_giving import ProofForm
from registry.web.personal.counting import asked as asked_about
from registry.web.personal.permissions import permission
from registry.web.texts import mark
from registry.web.views.devices import DEVICE_WRONG, LETTER_WRONG, in_form
from registry.web.views.me import offices, show, then
from registry.wire.asking import PasskeyProof
from registry.wire.linking import reasons_in
from schemas.compartments import Section
from schemas.retention import day_of
from schemas.vocabularies.access import AgencyKind, Channel, Purpose, RequestStatus

if TYPE_CHECKING:
    from flask import Response

    from registry.actors import PersonActor
    from registry.auth.models import Agency
    from registry.casework.notices import Published
    from registry.ledger.models import GrantRequest
    from registry.profiles.models import Appearance
    from registry.web.forms.me_giving import ChoiceForm, Wanted
    from schemas.entries import Entry

#: A form that is sent twice within this time is one answer, not two.
_TWICE: Final = timedelta(minutes=10)
_GIVE: Final = "give"
_NO_PROOF: Final = "proof.refused"
#: Her letter proves who she is to the office that gave it to her; what others keep takes a letter that two approved.
_NO_APPROVAL: Final = "needs-approval"
_OTHER_TEXT: Final = mark("The text above has changed meanwhile. Please read it again.")


@dataclass(frozen=True, slots=True)
class Matter:
    """What a permission is about, whoever began: the office, the purpose, and what can be given."""

    agency: Agency
    purpose: Purpose
    offered: frozenset[Section]
    asked: GrantRequest | None = None

    @property
    def suggested(self) -> frozenset[Section]:
        """Return what is ticked before she looked: what was asked for, and nothing where nobody asked."""
        return self.offered if self.asked else frozenset()


def give() -> Response:
    """Ask which office."""
    return show("me/which_office.html", offices=offices())


def purposes(agency_id: UUID) -> Response:
    """Ask what for."""
    with Sessions() as session:
        agency = agencies.by_id(session, agency_id)
    possible = [one for one in Purpose if allowed_sections(AgencyKind(agency.kind), one)]
    return show("me/what_for.html", agency=agency, possible=possible)


def choose(agency_id: UUID, purpose: str) -> Response:
    """Ask which sections and until when; what an earlier permission held is ticked where she comes from there."""
    matter = _begun(agency_id, purpose)
    return _ask(matter, forms.choice(matter.offered, chosen=matter.offered & _held_before(agency_id)))


def chosen(agency_id: UUID, purpose: str) -> Response:
    """Take what she chose; give the permission once she proved it."""
    return _go_on(_begun(agency_id, purpose))


def choose_again(agency_id: UUID, purpose: str) -> Response:
    """Show what she chose, or her proof, as it was filled in."""
    return _show_again(_begun(agency_id, purpose))


def asked(request_id: UUID) -> Response:
    """Show a request, with what was asked for ticked."""
    matter = _asked(request_id)
    return _ask(matter, forms.choice(matter.offered, chosen=matter.suggested))


def asked_again(request_id: UUID) -> Response:
    """Show her answer to a request, or her proof, as it was filled in."""
    return _show_again(_asked(request_id))


def answered(request_id: UUID) -> Response:
    """Take her answer to a request; give the permission once she proved it."""
    return _go_on(_asked(request_id))


def records() -> Response:
    """Show which offices keep something about her, and what was only supposed to be hers."""
    person = guards.person()
    with Sessions() as session:
        hers = appearances.appearances_of(session, person.id)
    return show("me/records.html", records=hers, offices=offices())


def record(appearance_id: UUID) -> Response:
    """Ask of one record: is this you?"""
    return ask_whose(appearance_id, ProofForm())


def record_again(appearance_id: UUID) -> Response:
    """Show the question whose record it is, with the proof as it was filled in."""
    return ask_whose(appearance_id, ProofForm(request.form))


def confirm(appearance_id: UUID) -> Response:
    """Take "this is me", with proof."""
    person, form, signed = guards.person(), ProofForm(request.form), _signed()
    if record_of(appearance_id).basis == "confirmed":
        return then("me_giving.records", done="mine")
    if signed is None and not form.validate():
        return ask_whose(appearance_id, form, status=422)
    try:
        with Sessions.begin() as session:
            linking.confirm(session, appearance_id, signed or form.proof(), actor=person, now=clock.now())
    except KeeperRefused as refused:
        problem = problems.met(refused)
        if problem.code not in {_NO_PROOF, _NO_APPROVAL}:
            raise
        form, words = ProofForm() if signed else form, _words(problem.code, by_device=signed is not None)
        is_elsewhere = problem.code == _NO_APPROVAL
        return ask_whose(appearance_id, form, status=problem.status.value, refused=words, is_elsewhere=is_elsewhere)
    return then("me_giving.records", done="mine")


def _held_before(agency: UUID) -> frozenset[Section]:
    """Return what the permission held that she comes from, if the address names one of hers for this office."""
    with suppress(ValueError, NotFound), Sessions() as session:
        row = grants.grant_of(session, guards.person().id, UUID(request.args.get("again", "")))
        return frozenset(map(Section, row.sections)) if row.agency_id == agency else frozenset()
    return frozenset()


def _begun(agency_id: UUID, purpose: str) -> Matter:
    """Return what she began herself, or raise NotFound: this office gets nothing for that purpose."""
    with Sessions() as session:
        agency = agencies.by_id(session, agency_id)
    if purpose not in set(Purpose):
        raise NotFound("There is no such purpose.")
    offered = allowed_sections(AgencyKind(agency.kind), Purpose(purpose))
    if not offered:
        raise NotFound("This office gets nothing for that purpose.")
    return Matter(agency, Purpose(purpose), offered)


def _asked(request_id: UUID) -> Matter:
    """Return what she was asked; raises NotFound where it was somebody else."""
    with Sessions() as session:
        found = asked_for.of_person_by_id(session, guards.person().id, request_id)
        agency = agencies.by_id(session, found.agency_id)
    return Matter(agency, Purpose(found.purpose), frozenset(map(Section, found.sections)), found)


def _ask(matter: Matter, form: ChoiceForm, status: int = 200) -> Response:
    is_open = matter.asked is None or requesting.status_of(matter.asked, clock.now()) is RequestStatus.OPEN
    return show("me/choose.html", status, matter=matter, form=form, is_open=is_open)


def _go_on(matter: Matter) -> Response:
    """Lead from choosing to proving, back, or to the end."""
    form = forms.choice(matter.offered, request.form)
    step = request.form.get("step")
    if step == "change":
        return _ask(matter, form)
    what = forms.wanted(form, day_of(clock.now()))
    if what is None:
        return _ask(matter, form, 422)
    if step != _GIVE:
        return _ask_proof(matter, what, ProofForm())
    proof = ProofForm(request.form)
    if _signed() is None and not proof.validate():
        return _ask_proof(matter, what, proof, status=422)
    return _give(matter, what, proof)


def _show_again(matter: Matter) -> Response:
    """Show the page that a form came from: nothing is refused, and nothing given."""
    form = forms.choice(matter.offered, request.form)
    if request.form.get("step") == _GIVE:
        what = forms.wanted(form, day_of(clock.now()))
        if what is not None:
            return _ask_proof(matter, what, ProofForm(request.form))
    return _ask(matter, forms.choice(matter.offered, request.form))


def _ask_proof(
    matter: Matter, what: Wanted, form: ProofForm, *, status: int = 200, refused: str | None = None
) -> Response:
    shown = notices.current(texts.spoken().code)
    draft, challenge = _drafted(matter, what, shown)
    return show(
        "me/prove.html",
        status,
        draft=draft,
        challenge=challenge,
        matter=matter,
        what=what,
        form=form,
        carried=forms.carried(what),
        notice=shown,
        original=notices.current(),
        refused=refused,
    )


def _give(matter: Matter, what: Wanted, form: ProofForm) -> Response:
    person, notice = guards.person(), _shown()
    if notice is None:
        return _ask_proof(matter, what, form, status=422, refused=_OTHER_TEXT)
    if _is_given(person, matter, what):
        return then("me.access", done="given")
    signed = _signed()
    draft = granting.Draft.read(request.form.get("draft", "")) if signed else None
    wish = _wish(matter, what, notice)
    try:
        with Sessions.begin() as session:
            granting.give(session, wish, signed or form.proof(), actor=person, now=clock.now(), draft=draft)
    except (KeeperRefused, requesting.Settled) as refused:
        if _is_given(person, matter, what):  # the same form, sent twice at once
            return then("me.access", done="given")
        problem = problems.met(refused)
        if problem.code != _NO_PROOF:
            raise
        words = _words(problem.code, by_device=signed is not None)
        return _ask_proof(matter, what, ProofForm() if signed else form, status=problem.status.value, refused=words)
    return then("me.access", done="given")


def _signed() -> PasskeyProof | None:
    """Return what a device signed, if the form came from one."""
    credential = request.form.get("credential")
    return PasskeyProof(credential.encode()) if credential else None


def _drafted(matter: Matter, what: Wanted, notice: Published) -> tuple[str, str]:
    """Return the draft of the record that a device of hers would sign, and what it signs; both empty without one."""
    with Sessions() as session:
        if not passkeys.owned(session, guards.person().id):
            return "", ""
        draft = granting.Draft.new(clock.now())
        record = granting.drafted(session, _wish(matter, what, notice), draft, actor=guards.person())
    return draft.text, in_form(admission.ask("consent", record, actor=guards.person()))


def _wish(matter: Matter, what: Wanted, notice: Published) -> granting.Wish:
    return granting.Wish(
        agency_id=matter.agency.id,
        purpose=matter.purpose,
        sections=what.sections,
        until=granting.end_of(what.until),
        notice=Notice(version=notice.version, language=notice.language, sha256=notice.sha256),
        channel=Channel.OWN_DEVICE,
        request=matter.asked.id if matter.asked else None,
    )


def _shown() -> Published | None:
    """Return the text that stood on the page she sent."""
    return next((one for one in notices.PUBLISHED if one.sha256 == request.form.get("notice")), None)


def _is_given(person: PersonActor, matter: Matter, what: Wanted) -> bool:
    """Say whether just this was given a moment ago."""
    now = clock.now()
    with Sessions() as session:
        lately = [permission(row, now) for row in grants.grants_of(session, person.id, limit=5)]
    return any(
        (one.agency_id, one.purpose, one.until) == (matter.agency.id, matter.purpose.value, what.until)
        and frozenset(one.sections) == what.sections
        and one.holds
        and now - one.since < _TWICE
        for one in lately
    )


def record_of(appearance_id: UUID) -> Appearance:
    """Return an office's record that is linked to her; raises NotFound for another's, and for what began as hers."""
    with Sessions() as session:
        row = appearances.by_id(session, appearance_id)
    is_linked = row.source_kind == "agency" and row.basis in {"decided", "confirmed"}
    if row.person_id != guards.person().id or not is_linked:
        raise NotFound("There is no such record.")
    return row


def _words(code: str, *, by_device: bool) -> str:
    """Return what is told where a proof was refused: a letter is locked by wrong tries, and by no device."""
    if code != _NO_PROOF:
        return telling.words_for(code)
    return DEVICE_WRONG if by_device else LETTER_WRONG


def ask_whose(
    appearance_id: UUID,
    form: ProofForm | None = None,
    *,
    status: int = 200,
    refused: str | None = None,
    refused_parting: str | None = None,
    is_elsewhere: bool = False,
) -> Response:
    """Show a record with the question whose it is, and with what she said herself since it was linked to her."""
    said: tuple[Entry, ...] = ()
    with Sessions() as session:
        with suppress(NotFound):
            linked = meanwhile.standing(session, guards.person().id, appearance_id)
            said = meanwhile.said_during(session, linked, actor=guards.person())
        has_device = bool(passkeys.owned(session, guards.person().id))
    return show(
        "me/record.html",
        status,
        record=record_of(appearance_id),
        offices=offices(),
        reasons=_reasons(appearance_id),
        form=form or ProofForm(),
        refused=refused,
        refused_parting=refused_parting,
        said=asked_about(said, request.form),
        is_elsewhere=is_elsewhere,
        has_device=has_device,
    )


def _reasons(appearance_id: UUID) -> list[str]:
    with Sessions() as session:
        link = decisions.standing_for(session, guards.person().id).get(appearance_id)
    return [words.reason(one) for one in reasons_in(link.reasons)] if link else []

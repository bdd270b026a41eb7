"""What pages call what decides access: sections, purposes, offices, roles, grants, events, and why two may be one.

Every text is marked; whoever shows it translates it. The keys are the codes themselves, so a plain string finds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from registry.audit.events import Event, Outcome
from registry.web.texts import mark
from schemas.compartments import Section
from schemas.vocabularies.access import (
    AgencyKind,
    Basis,
    GrantStatus,
    Ground,
    Purpose,
    RequestReason,
    RequestStatus,
    Role,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTIONS: Final[Mapping[str, str]] = {
    Section.IDENTITY: mark("Name and birth"),
    Section.IDENTIFIERS: mark("Numbers at offices"),
    Section.CONTACT: mark("Address and contact"),
    Section.RESIDENCE: mark("Residence and work permission"),
    Section.LANGUAGES: mark("Languages"),
    Section.EDUCATION: mark("School and education"),
    Section.WORK: mark("Work experience"),
    Section.SKILLS: mark("Skills and licences"),
    Section.RECOGNITION: mark("Recognition of qualifications"),
    Section.PATHWAY: mark("Courses and measures"),
    Section.NEEDS: mark("What is needed"),
    Section.GOALS: mark("Goals"),
}
#: What an office does when it opens a profile for this purpose.
PURPOSES: Final[Mapping[str, str]] = {
    Purpose.INTAKE: mark("First recording at an office"),
    Purpose.PLACEMENT: mark("Placement into work or training"),
    Purpose.LANGUAGE_SUPPORT: mark("Language course"),
    Purpose.RECOGNITION_ADVICE: mark("Advice on recognition"),
    Purpose.COUNSELLING: mark("General advice"),
}
AGENCY_KINDS: Final[Mapping[str, str]] = {
    AgencyKind.BAMF: mark("Federal Office for Migration and Refugees"),
    AgencyKind.BA: mark("Employment Agency"),
    AgencyKind.JOBCENTER: mark("Jobcenter"),
    AgencyKind.MUNICIPALITY: mark("Municipality"),
    AgencyKind.ADVISER: mark("Advice centre"),
}
#: What kind of office this is, for somebody who has never heard of it.
AGENCY_TASKS: Final[Mapping[str, str]] = {
    AgencyKind.BAMF: mark("It decides on asylum and pays for integration courses."),
    AgencyKind.BA: mark("It helps to find work and training, and pays unemployment insurance."),
    AgencyKind.JOBCENTER: mark("It pays basic income support and helps to find work."),
    AgencyKind.MUNICIPALITY: mark("The town or district where you live."),
    AgencyKind.ADVISER: mark("People who advise free of charge and decide nothing about you."),
}
ROLES: Final[Mapping[str, str]] = {
    Role.CLERK: mark("Clerk"),
    Role.CASE_OFFICER: mark("Case officer"),
    Role.APPROVER: mark("Approver"),
    Role.DATA_PROTECTION_OFFICER: mark("Data protection officer"),
    Role.ADMINISTRATOR: mark("Administrator"),
}
GRANTS: Final[Mapping[str, str]] = {
    GrantStatus.ACTIVE: mark("Holds"),
    GrantStatus.WITHDRAWN: mark("Withdrawn"),
    GrantStatus.EXPIRED: mark("Run out"),
}
BASES: Final[Mapping[str, str]] = {
    Basis.CONSENT: mark("with permission"),
    Basis.STATUTE: mark("a law orders it"),
    Basis.OWN: mark("the office's own word"),
}
#: Where a request of an office stands.
REQUESTS: Final[Mapping[str, str]] = {
    RequestStatus.OPEN: mark("Waiting for an answer"),
    RequestStatus.ANSWERED: mark("Permission given"),
    RequestStatus.DECLINED: mark("Declined"),
    RequestStatus.WITHDRAWN: mark("Taken back"),
    RequestStatus.EXPIRED: mark("Ran out without an answer"),
}
#: Why an office asks, as both sides read it.
REASONS: Final[Mapping[str, str]] = {
    RequestReason.FIRST_MEETING: mark("First meeting: nobody should have to tell everything twice"),
    RequestReason.CHANGE_OF_OFFICE: mark("Another office is responsible from now on"),
    RequestReason.PLACEMENT_OFFER: mark("There is a job that may fit"),
    RequestReason.TRAINING_OFFER: mark("There is a training or measure that may fit"),
    RequestReason.INTEGRATION_PLAN: mark("To agree on the next steps"),
    RequestReason.COURSE_PLACEMENT: mark("To find the right language course"),
    RequestReason.QUALIFICATION_ADVICE: mark("To advise on recognition of a qualification"),
    RequestReason.ADVICE: mark("To answer a question"),
    RequestReason.SUPPORT_SEARCH: mark("To find childcare or other help"),
}
#: What happened, as the person it is about reads it.
EVENTS: Final[Mapping[str, str]] = {
    Event.AGENCY_ENROLLED: mark("An office was admitted"),
    Event.OFFICER_ENROLLED: mark("An officer was admitted"),
    Event.CERTIFICATE_ENROLLED: mark("An office's own system was admitted"),
    Event.IDENTITY_ENROLLED: mark("The sign-in of an officer at the own office was admitted"),
    Event.CREDENTIAL_REVOKED: mark("A way to sign in was revoked"),
    Event.PASSKEY_ADDED: mark("A device for signing in was added"),
    Event.PASSKEY_REMOVED: mark("A device for signing in was removed"),
    Event.LETTER_ISSUED: mark("A letter was handed over"),
    Event.SESSION_STARTED: mark("Somebody signed in"),
    Event.SESSION_ENDED: mark("Somebody signed out"),
    Event.RUN_OPENED: mark("An office began to send a file"),
    Event.PERSON_CREATED: mark("A profile was made"),
    Event.ENTRIES_RECORDED: mark("Something was recorded or changed"),
    Event.ENTRIES_DELETED: mark("Something was deleted because its time was over"),
    Event.RETENTION_RUN: mark("The registry looked for what is due to be deleted"),
    Event.MATCH_ASKED: mark("An office asked whether somebody is known already"),
    Event.LIST_ASKED: mark("An office asked about a list who is known already"),
    Event.QUESTIONS_ALARMED: mark("The registry told an office that questions are unusual"),
    Event.QUESTIONS_SEEN: mark("An office noted that it knows of unusual questions"),
    Event.MATCH_HINTED: mark("An office saw a masked name, to tell namesakes apart"),
    Event.LINK_PROPOSED: mark("The registry supposed that two records are of one person"),
    Event.LINK_LEFT: mark("An office could not tell whether two records are of one person"),
    Event.LINKS_EXPORTED: mark("Decisions on who is who were exported, without persons"),
    Event.LINK_DECIDED: mark("Two records were joined as one person"),
    Event.LINK_REJECTED: mark("Two records were said to be different people"),
    Event.LINK_CONFIRMED: mark("A joined record was confirmed: this is me"),
    Event.LINK_UNDONE: mark("Two records were separated again"),
    Event.LINK_ANSWERED: mark("You said what still counts after two records were separated"),
    Event.PROFILE_OPENED: mark("An office opened the profile"),
    Event.OPENING_REFUSED: mark("The registry refused in the end: nothing of it was delivered"),
    Event.PROFILE_READ_BY_PERSON: mark("The profile was read by its owner"),
    Event.GRANT_GIVEN: mark("A permission was given"),
    Event.GRANT_WITHDRAWN: mark("A permission was withdrawn"),
    Event.GRANT_EXPIRED: mark("A permission ran out"),
    Event.GRANT_NARROWED: mark("The rules allow less now: part of a permission was taken back"),
    Event.REQUEST_ASKED: mark("An office asked for permission"),
    Event.REQUEST_ANSWERED: mark("A request of an office was answered with a permission"),
    Event.REQUEST_DECLINED: mark("A request of an office was declined"),
    Event.REQUEST_WITHDRAWN: mark("An office took its request back"),
    Event.REQUEST_EXPIRED: mark("A request of an office ran out"),
    Event.PERSON_ERASED: mark("The profile was deleted"),
    Event.LOG_READ: mark("The log was read"),
    Event.KEY_ROTATED: mark("A key was renewed"),
    Event.KEY_DESTROYED: mark("An old key was destroyed"),
    Event.REGISTRY_RESTORED: mark("The registry was brought back from a back-up"),
    Event.REQUEST_REFUSED: mark("The registry refused an office"),
}
OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.DONE: mark("done"),
    Outcome.PERMITTED: mark("permitted"),
    Outcome.REFUSED: mark("refused"),
}
#: How sure the registry is that two are one.
GRADES: Final[Mapping[str, str]] = {
    "known": mark("Very probably the same person"),
    "look": mark("Perhaps the same person"),
}
#: What a weight is of, where it is not one of the numbers.
WEIGHTS: Final[Mapping[str, str]] = {
    "start": mark("Before anything was compared"),
    "names": mark("Names"),
    "birth-date": mark("Birth date"),
    "together": mark("Names and birth date together"),
    "sex": mark("Sex"),
    "nationality": mark("Nationality"),
    "birth-place": mark("Birth place"),
}
#: On what a decision about two records rests.
GROUNDS: Final[Mapping[str, str]] = {
    Ground.PERSON_ASKED: mark("The person was asked"),
    Ground.PAPERS_SEEN: mark("Papers were seen"),
    Ground.OFFICE_ASKED: mark("The other office was asked"),
    Ground.RECORDS_COMPARED: mark("What is recorded says enough"),
    Ground.PERSON_ABSENT: mark("The person is not here"),
    Ground.PAPERS_MISSING: mark("Papers are missing"),
    Ground.OFFICE_SILENT: mark("The other office has not answered yet"),
    Ground.TOO_LITTLE_RECORDED: mark("Too little is recorded"),
    Ground.MAY_BE_RELATIVES: mark("They may be twins or other relatives"),
}
#: Who brought two records together or apart, by kind alone.
DECIDED_BY: Final[Mapping[str, str]] = {
    "run": mark("by the registry, from a file of an office"),
    "officer": mark("by an officer"),
    "person": mark("by the person"),
}
#: What agrees; by attribute and level of registry.linkage.
_NAMES_AGREE: Final[Mapping[str, Mapping[str, str]]] = {
    "family-name": {
        "exact": mark("same family name"),
        "sound": mark("same family name in another spelling"),
        "spelling": mark("family name that may be another transliteration of the same"),
        "close": mark("family name in a similar spelling"),
        "joined": mark("family name written as one word here and as two there"),
    },
    "given-name": {
        "exact": mark("same given name"),
        "sound": mark("same given name in another spelling"),
        "spelling": mark("given name that may be another transliteration of the same"),
        "close": mark("given name in a similar spelling"),
        "joined": mark("given name written as one word here and as two there"),
    },
    "name": {
        "exact": mark("same name, once as family name and once as given name"),
        "sound": mark("same name in another spelling, once as family name and once as given name"),
        "spelling": mark("similar name, once as family name and once as given name"),
        "close": mark("name in a similar spelling, once as family name and once as given name"),
        "joined": mark("name written as one word here and as two there, once as family name and once as given name"),
    },
    "birth-place": {
        "exact": mark("same birth place"),
        "sound": mark("same birth place in another spelling"),
        "spelling": mark("birth place that may be another spelling of the same"),
        "close": mark("birth place in a similar spelling"),
        "joined": mark("birth place written as one word here and as two there"),
    },
    "birth-date": {
        "exact": mark("same birth date"),
        "placeholder": mark("same birth year, day and month unknown on both sides"),
        "swapped": mark("same birth date with day and month exchanged"),
        "month": mark("same birth month, day unknown"),
        "year": mark("birth year equal, day unknown"),
        "near": mark("neighbouring birth years, day unknown"),
        "beside": mark("neighbouring birth years, day known on one side only"),
        "far": mark("birth years two apart, day unknown"),
        "digit": mark("birth dates that differ in one digit"),
        "anniversary": mark("same day and month of birth in neighbouring years"),
        "decade": mark("same day and month of birth ten years apart"),
    },
    "sex": {"exact": mark("same sex")},
    "nationality": {"exact": mark("same nationality")},
}
_NUMBERS_AGREE: Final[Mapping[str, str]] = {
    "azr": mark("same AZR number"),
    "bamf": mark("same BAMF file number"),
    "ba-customer": mark("same customer number"),
    "ba-reference": mark("same reference at the Employment Agency"),
    "jobcenter-case": mark("same number of the community of need"),
}
_SAME_NUMBER: Final = mark("same number at an office")
_SIMILAR_NUMBER: Final = mark("numbers of an office that differ in one digit")
_DIFFERENCES: Final[Mapping[str, str]] = {
    "family-name": mark("other family name"),
    "given-name": mark("other given name"),
    "name": mark("other name"),
    "birth-date": mark("other birth date"),
    "sex": mark("other sex"),
    "nationality": mark("other nationality"),
    "birth-place": mark("other birth place"),
    "azr": mark("other AZR number"),
    "bamf": mark("other BAMF file number"),
    "ba-customer": mark("other customer number"),
    "ba-reference": mark("other reference at the Employment Agency"),
    "jobcenter-case": mark("other number of the community of need"),
}
_OTHER_NUMBER: Final = mark("other number at an office")


def reason(code: str) -> str:
    """Return what speaks for one person, to be translated; `code` as the linker gave it: code:attribute:level."""
    _, attribute, level = code.split(":")
    levels = _NAMES_AGREE.get(attribute)
    if levels is None and level == "close":
        return _SIMILAR_NUMBER
    if levels is None:
        return _NUMBERS_AGREE.get(attribute, _SAME_NUMBER)
    return levels[level]


def difference(attribute: str) -> str:
    """Return what speaks against it, to be translated."""
    return _DIFFERENCES.get(attribute, _OTHER_NUMBER)

"""The names of what can happen; a name never changes its meaning."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What a line is about."""

    AGENCY_ENROLLED = "agency.enrolled"
    OFFICER_ENROLLED = "officer.enrolled"
    LETTER_ISSUED = "letter.issued"
    CERTIFICATE_ENROLLED = "certificate.enrolled"  # an agency's own system signs in with its key
    IDENTITY_ENROLLED = "identity.enrolled"  # an officer signs in by the word of an issuer
    CREDENTIAL_REVOKED = "credential.revoked"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_REMOVED = "passkey.removed"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    RUN_OPENED = "run.opened"
    KEY_ROTATED = "key.rotated"  # everything lies under the new version; results: how many rows were moved
    KEY_DESTROYED = "key.destroyed"  # results: in how many ways it was tried, and did not open
    PERSON_CREATED = "person.created"
    ENTRIES_RECORDED = "entries.recorded"
    ENTRIES_DELETED = "entries.deleted-as-due"
    RETENTION_RUN = "retention.run"  # the day's run is through; results: how many appearances it changed
    MATCH_ASKED = "match.asked"  # an office asked whether somebody is known already; results: how many were found
    LIST_ASKED = (
        "list.asked"  # of a list, behind its questions; reason: how many by grade; results: how many were asked
    )
    QUESTIONS_ALARMED = (
        "questions.alarmed"  # object: the officer whose questions are unusual; reason: kind, day, counts
    )
    QUESTIONS_SEEN = "questions.seen"  # object: the line that alarmed; the data protection officer knows of it
    MATCH_HINTED = "match.hinted"
    LINK_PROPOSED = "link.proposed"
    LINK_LEFT = "link.left"  # an officer could not tell, and left the proposal to be decided; reason: why
    LINKS_EXPORTED = "links.exported"  # for fitting the weights anew, without persons; results: how many decisions
    LINK_DECIDED = "link.decided"
    LINK_REJECTED = "link.rejected"
    LINK_CONFIRMED = "link.confirmed"
    LINK_UNDONE = "link.undone"
    LINK_ANSWERED = "link.answered"  # she said what counts of her own entries made meanwhile; results: taken back
    PROFILE_OPENED = "profile.opened"
    OPENING_REFUSED = "opening.refused"  # after its line, which object_id names: nothing of it was delivered
    PROFILE_READ_BY_PERSON = "profile.read-by-person"
    REQUEST_ASKED = "request.asked"  # an office asked a person for sections; reason: why
    REQUEST_ANSWERED = "request.answered"  # by a grant
    REQUEST_DECLINED = "request.declined"
    REQUEST_WITHDRAWN = "request.withdrawn"  # the office took it back
    REQUEST_EXPIRED = "request.expired"
    GRANT_GIVEN = "grant.given"
    GRANT_WITHDRAWN = "grant.withdrawn"
    GRANT_EXPIRED = "grant.expired"
    GRANT_NARROWED = "grant.narrowed"  # the rules allow less than it held: that part of it lost its keys
    PERSON_ERASED = "person.erased"
    LOG_READ = "log.read"
    REGISTRY_RESTORED = "registry.restored"  # brought back from a back-up; reason: how; results: lines replayed
    REQUEST_REFUSED = "request.refused"  # of the interface: somebody asked for what is not for them


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    PERMITTED = "permitted"  # the keeper may open on the strength of this line
    REFUSED = "refused"

"""BA's applicant profiles: every statement in our words, and what BA may have in BA's form again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from adapters.ba.additions import REPORT, is_recorded_here, set_others_aside, without_others
from adapters.ba.reading import Profile, profiles
from adapters.ba.sections.person import NUMBERS
from adapters.ba.statements import entries_of
from adapters.ba.writing import profile_of
from adapters.contract import Piece, Record, Refused
from adapters.translation.days import day_of
from adapters.translation.leftovers import Document, leftovers, value_at
from adapters.translation.screening.judging import judged
from adapters.translation.screening.marks import is_test
from adapters.translation.survey import Sending
from schemas.canonical import canonical
from schemas.vocabularies.access import AgencyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.contract import Office, Share, Survey

#: Counts up when this adapter starts to say more or something else of the same profile: then it is no longer unchanged.
_MAPPING_VERSION = 4
_FILE = "profiles.json"


@dataclass(frozen=True, slots=True)
class BaAdapter:
    """Reads applicant profiles (one, a JSON array, or JSON Lines) and writes an array of them."""

    name: str = "ba"
    kind: str = AgencyKind.BA.value

    def survey(self, file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
        """Read the file to its end; see AgencyAdapter."""
        sending = Sending(endpoint_is_test)
        for _ in _sent(file, sending):
            pass
        return sending.surveyed()

    def read(self, file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
        """Translate profile by profile; see AgencyAdapter."""
        yield from map(record_of, _sent(file, Sending(endpoint_is_test)))

    def write(self, shares: Iterator[Share], office: Office, *, at: str) -> Iterator[Piece]:  # noqa: ARG002 - the contract's signature; each profile names its office itself
        """Write one array, one profile a line; see AgencyAdapter."""
        between = b"[\n"
        for share in shares:
            profile = json.dumps(profile_of(share, at=at), ensure_ascii=False, separators=(",", ":"))
            yield Piece(_FILE, between + profile.encode())
            between = b",\n"
        yield Piece(_FILE, b"[]\n" if between == b"[\n" else b"\n]\n")


ADAPTER = BaAdapter()


def record_of(profile: Profile) -> Record | Refused:
    """Translate one profile; refuse it where number or name are missing, or the birth date is no date."""
    document = Document(profile.document)
    has_others = set_others_aside(document)
    if is_recorded_here(document):
        return Refused(
            profile.line, "record.ours", "The applicant was recorded here, not by your system; change it here."
        )
    entries = entries_of(document)
    key = _key(entries)
    if key is None and has_others:
        return Refused(profile.line, "record.foreign", "The profile says nothing of its own, only what others stated.")
    if key is None:
        return Refused(
            profile.line, "key.missing", "Neither refnr nor kundennummer: the profile cannot be found again."
        )
    unreadable = _unreadable(document, entries)
    if unreadable:
        return Refused(profile.line, "person.unreadable", unreadable)
    rest = leftovers(document)
    report = (*rest.report, REPORT) if has_others else rest.report
    made = judged((*entries, *rest.entries), document.content)
    digest = _digest(made.fingerprinted(without_others(document.content)))
    return Record(key, profile.line, digest, made.entries, made.report(report), stated_at=document.text(("stand",)))


def _sent(file: BinaryIO, sending: Sending) -> Iterator[Profile]:
    for profile in profiles(file):
        sending.add(profile.line, sender=_sender(profile), is_test=is_test(profile.document))
        yield profile


def _sender(profile: Profile) -> str | None:
    number = value_at(profile.document, ("dienststelle", "nummer"))
    if isinstance(number, str):
        return number if number.strip() else None
    return str(number) if isinstance(number, int) else None


def _digest(content: object) -> bytes:
    # what is dropped, and what is others', must leave no trace, not even in a digest
    return hashlib.sha256(canonical([_MAPPING_VERSION, content])).digest()


def _key(entries: list[dict[str, Any]]) -> str | None:
    for name, kind in NUMBERS.items():
        for entry in entries:
            if entry["kind"] == kind and isinstance(entry["value"], dict) and "number" in entry["value"]:
                return f"{name}:{entry['value']['number']}"
    return None


def _unreadable(document: Document, entries: list[dict[str, Any]]) -> str | None:
    if not any(entry["kind"] == "identity.name" for entry in entries):
        return "person has neither familienname nor vorname that can be read."
    birth_date = document.text(("person", "geburtsdatum"))
    if birth_date and not day_of(birth_date):
        return "person.geburtsdatum is not a date (expected 1990-03-14)."
    return None

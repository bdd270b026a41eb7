"""BA's applicant profile in our words: person, identifiers and languages; everything else is kept unmapped."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from adapters.ba.languages import language_entries
from adapters.ba.reading import Profile, profiles
from adapters.contract import Record, Refused, RefusedFileError, Survey
from adapters.translation.leftovers import Document, leftovers, permitted
from adapters.translation.words import is_partial_date, script_of
from schemas.canonical import canonical
from schemas.vocabularies.access import AgencyKind
from schemas.vocabularies.countries import country_from_alpha3

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Counts up when this module starts to say more or something else of the same profile: then it is no longer unchanged.
_MAPPING_VERSION = 1
_SEXES = {"MAENNLICH": "m", "WEIBLICH": "w", "DIVERS": "d", "KEINE_ANGABE": "x"}
#: ISO 3166 user-assigned codes as in machine-readable passports (ICAO 9303, part 3), and states that ended.
_STATELESS = frozenset({"XXA"})
_UNCLEAR = frozenset({"XXX", "SUN", "YUG", "SCG", "CSK", "DDR"})


@dataclass(frozen=True, slots=True)
class BaAdapter:
    """Reads applicant profiles: one, a JSON array, or JSON Lines."""

    name: str = "ba"
    kind: str = AgencyKind.BA.value

    def survey(self, file: BinaryIO, *, endpoint_is_test: bool) -> Survey:
        """Read the file to its end; see AgencyAdapter."""
        count, sender = 0, None
        for profile in profiles(file):
            _refuse_test(profile, endpoint_is_test=endpoint_is_test)
            named = _sender(profile)
            if sender and named and named != sender:
                raise RefusedFileError(
                    f"The profiles come from several offices ({sender}, {named}); send one file per office.",
                    line=profile.line,
                    code="sender.several",
                )
            count, sender = count + 1, sender or named
        if not count:
            raise RefusedFileError("The file holds no profile.", line=1, code="file.empty")
        return Survey(count, sender)

    def read(self, file: BinaryIO, *, endpoint_is_test: bool) -> Iterator[Record | Refused]:
        """Translate profile by profile; see AgencyAdapter."""
        for profile in profiles(file):
            _refuse_test(profile, endpoint_is_test=endpoint_is_test)
            yield record_of(profile)


ADAPTER = BaAdapter()


def record_of(profile: Profile) -> Record | Refused:
    """Translate one profile; refuse it where key or name are missing, or the birth date is no date."""
    document = Document(profile.document)
    key = _key(document)
    if key is None:
        return Refused(
            profile.line, "key.missing", "Neither refnr nor kundennummer: the profile cannot be found again."
        )
    person = _person(document)
    if isinstance(person, str):
        return Refused(profile.line, "person.unreadable", person)
    said = document.text(("stand",)) or ""
    valid_from = said[:10] if is_partial_date(said[:10]) else None
    entries = [entry | {"evidence": {"type": "register"}} for entry in [*person, *_identifiers(document)]]
    if valid_from:
        entries = [entry | {"valid_from": valid_from} for entry in entries]
    entries += language_entries(document, valid_from)
    rest = leftovers(document)
    return Record(key, profile.line, _digest(profile), (*entries, *rest.entries), rest.report)


def _refuse_test(profile: Profile, *, endpoint_is_test: bool) -> None:
    if profile.document.get("test") and not endpoint_is_test:
        raise RefusedFileError(
            "This is a test file, and this is no test system.", line=profile.line, code="test.record"
        )


def _sender(profile: Profile) -> str | None:
    office = Document(profile.document)
    number = office.at(("dienststelle", "nummer"))
    return str(number) if isinstance(number, int) else office.text(("dienststelle", "nummer"))


def _digest(profile: Profile) -> bytes:
    # what is dropped must leave no trace, not even in a digest
    return hashlib.sha256(canonical([_MAPPING_VERSION, permitted(profile.document)])).digest()


def _key(document: Document) -> str | None:
    for name in ("refnr", "kundennummer"):
        number = document.text((name,))
        if number:
            return f"{name}:{number.strip()}"
    return None


def _identifiers(document: Document) -> list[dict[str, Any]]:
    entries = []
    for name, kind in (("kundennummer", "identifiers.ba-customer"), ("refnr", "identifiers.ba-reference")):
        number = document.text((name,))
        if number:
            document.take((name,))
            entries.append({"kind": kind, "value": {"number": number.strip()}})
    return entries


def _person(document: Document) -> list[dict[str, Any]] | str:
    """Take name, birth date, sex and nationality; return the reason where that cannot be read."""
    parts = {
        ours: text
        for ours, theirs in (("family", "familienname"), ("given", "vorname"))
        if (text := document.text(("person", theirs)))
    }
    if not parts:
        return "person has neither familienname nor vorname."
    value = {"form": "current", "script": script_of("".join(parts.values()))} | parts
    document.take(*(("person", theirs) for theirs in ("familienname", "vorname") if document.text(("person", theirs))))
    entries = [{"kind": "identity.name", "value": value}]
    birth_date = document.text(("person", "geburtsdatum"))
    if birth_date:
        if not is_partial_date(birth_date):
            return "person.geburtsdatum is not a date (expected 1990-03-14)."
        document.take(("person", "geburtsdatum"))
        is_placeholder = birth_date.endswith("-01-01")
        entries.append(
            {"kind": "identity.birth-date", "value": {"date": birth_date, "placeholder_suspected": is_placeholder}}
        )
    return entries + _sex(document) + _nationality(document)


def _sex(document: Document) -> list[dict[str, Any]]:
    code = _SEXES.get(document.text(("person", "geschlecht")) or "")
    if code is None:
        return []
    document.take(("person", "geschlecht"))
    return [{"kind": "identity.sex", "value": {"code": code}}]


def _nationality(document: Document) -> list[dict[str, Any]]:
    code = document.text(("person", "staatsangehoerigkeit")) or ""
    country = country_from_alpha3(code)
    if country:
        document.take(("person", "staatsangehoerigkeit"))
        return [{"kind": "identity.nationality", "value": {"status": "known", "country": country}}]
    if code in _STATELESS | _UNCLEAR:
        # the code itself is left, because no entry keeps it
        status = "stateless" if code in _STATELESS else "unclear"
        return [{"kind": "identity.nationality", "value": {"status": status}}]
    return []

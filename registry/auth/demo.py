"""Sign-ins made up for development, kept in a file of the home that only its owner reads."""

from __future__ import annotations

import json
import os
import time
from base64 import b32decode
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from registry import clock

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

_STEP_SECONDS = 30


@dataclass(slots=True)
class DemoOfficer:
    """Everything one invented officer signs in with."""

    login: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)  # base32
    roles: list[str]
    last_step: int = 0  # the TOTP step used last: each works once


@dataclass(slots=True)
class DemoAgency:
    """An invented office and its officers."""

    id: str
    name: str
    kind: str
    number: str | None
    officers: list[DemoOfficer] = field(default_factory=list)

    def officer(self, role: str) -> DemoOfficer:
        """Return its first officer with this role.

        Raises:
            LookupError: it has none.
        """
        for officer in self.officers:
            if role in officer.roles:
                return officer
        raise LookupError(f"{self.name} has no {role}")


@dataclass(slots=True)
class Demo:
    """All invented sign-ins of a home."""

    path: Path
    administrators: list[DemoOfficer] = field(default_factory=list)
    agencies: list[DemoAgency] = field(default_factory=list)

    def save(self) -> None:
        """Write the file anew, whole or not at all, mode 0600."""
        content = {key: value for key, value in asdict(self).items() if key != "path"}
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
        draft.replace(self.path)

    def agency(self, agency: UUID | str) -> DemoAgency:
        """Return the agency with this id.

        Raises:
            LookupError: it is none of the invented ones.
        """
        for known in self.agencies:
            if known.id == str(agency):
                return known
        raise LookupError("This agency was not made up by `registry up --dev`.")

    def code(self, officer: DemoOfficer) -> str:
        """Return a TOTP code that was not used yet; after two sign-ins within 30 seconds this waits for the next."""
        step = max(officer.last_step + 1, _current_step())
        while step > _current_step() + 1:
            time.sleep(0.2)
        officer.last_step = step
        self.save()
        totp = TOTP(b32decode(officer.totp_secret), 6, SHA1(), _STEP_SECONDS, enforce_key_length=False)  # noqa: S303 - RFC 6238
        return totp.generate(step * _STEP_SECONDS).decode()


def load(home: Path) -> Demo:
    """Return the sign-ins of a home; none where it has no file."""
    path = home / "keys" / "demo.json"
    if not path.exists():
        return Demo(path)
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    agencies = [
        DemoAgency(**agency | {"officers": [DemoOfficer(**officer) for officer in agency["officers"]]})
        for agency in content["agencies"]
    ]
    return Demo(path, [DemoOfficer(**officer) for officer in content["administrators"]], agencies)


def _current_step() -> int:
    return int(clock.now().timestamp()) // _STEP_SECONDS

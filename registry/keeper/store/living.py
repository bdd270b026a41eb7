"""Which passkeys, certificates and identities count: what was removed must not come back with an old main database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from registry.statements import Database


@dataclass(frozen=True, slots=True)
class Living:
    """The credentials that count, beside passwords and letters."""

    database: Database

    def add(self, owner: UUID, credential: UUID, count: int = 0) -> None:
        """Let a credential count from now on; `count` is what its authenticator counted up to."""
        self.database.fetch(
            "INSERT INTO living_credential (credential_id, owner_id, count, used) VALUES (%s, %s, %s, false)",
            (credential, owner, count),
        )

    def remove(self, credential: UUID) -> None:
        """Let it count no more."""
        self.database.fetch("DELETE FROM living_credential WHERE credential_id = %s", (credential,))

    def remove_all(self, owner: UUID) -> None:
        """Let none of somebody's count any more."""
        self.database.fetch("DELETE FROM living_credential WHERE owner_id = %s", (owner,))

    def was_used(self, owner: UUID) -> bool:
        """Say whether somebody has one that counts and let its owner in, or proved something, at least once.

        One that was added and whose row then was not stored counts for ever, and is nobody's to use.
        """
        asked = "SELECT 1 FROM living_credential WHERE owner_id = %s AND used LIMIT 1"
        return bool(self.database.fetch(asked, (owner,)))

    def counts(self, person: UUID, credential: UUID) -> bool:
        """Say whether this is the letter of a person that counts, or another credential of hers that does."""
        asked = {"person": person, "credential": credential}
        rows = self.database.fetch(
            "SELECT 1 FROM letter WHERE person_id = %(person)s AND credential_id = %(credential)s UNION ALL"
            " SELECT 1 FROM living_credential WHERE owner_id = %(person)s AND credential_id = %(credential)s",
            asked,
        )
        return bool(rows)

    def advance(self, owner: UUID, credential: UUID, count: int) -> bool:
        """Note how far an authenticator has counted; False where it counts no more, or was that far before.

        One that never counts says 0 each time, and that is well; one that did is not copied and then used twice.
        """
        rows = self.database.fetch(
            "UPDATE living_credential SET count = %(count)s, used = true WHERE credential_id = %(credential)s"
            " AND owner_id = %(owner)s AND (count < %(count)s OR (count = 0 AND %(count)s = 0)) RETURNING 1",
            {"owner": owner, "credential": credential, "count": count},
        )
        return bool(rows)

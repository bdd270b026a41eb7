"""Questions to the keeper about what an agency's own system may receive, and its answers."""

from __future__ import annotations

from uuid import UUID

import msgspec

from registry.wire.asking import Message
from registry.wire.rows import GrantRow


class NameGrants(Message, frozen=True, tag="name-grants"):
    """Name active grants by which the agency of an export run may receive: one person's, or those of the next persons.

    A worker reads no grant in the database; what it may deliver it hears from the keeper.
    """

    run: UUID
    person: UUID | None = None
    after: UUID | None = None  #: only persons with a higher id; None from the first on


class Grants(msgspec.Struct, frozen=True, tag_field="op", tag="grants"):
    """Genuine grants in the order of their persons; `last` is the person to go on after, None where nobody follows."""

    grants: list[GrantRow]
    last: UUID | None = None

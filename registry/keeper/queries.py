"""What the keeper asks of the main database, in words: each operation's needs in one statement."""

from __future__ import annotations

from registry.keeper.rows import columns, gathered
from registry.lines import APPENDING
from registry.wire.rows import AgencyRow, AppearanceRow, GrantRow, OfficerRow, RunRow, SealedRow, SessionRow, WrapRow

# What a line names comes as lists, one for each column: rows of their own would repeat who asks.
_NAMED = "unnest(%(appearances)s::uuid[]) AS x(id)"
_LISTED = (
    f" LEFT JOIN LATERAL (SELECT {gathered(AppearanceRow, 'p')} FROM {_NAMED}"
    " JOIN keeper_appearance p ON p.bucket = get_byte(uuid_send(x.id), 0) AND p.id = x.id) AS whose ON true"
)
_SEALED_AT = (
    f" FROM {_NAMED} JOIN keeper_sealed d ON d.bucket = get_byte(uuid_send(x.id), 0)"
    " AND d.appearance_id = x.id AND d.compartment = ANY(%(compartments)s)"
)
_OWNED = f"{_LISTED} LEFT JOIN LATERAL (SELECT {gathered(SealedRow, 'd')}{_SEALED_AT}) AS what ON true"
# By a grant, the wraps of others in a sealed row are not read, nor in a wrap what the row beside it and the line say.
SEALED_WIDTH = SealedRow.__struct_fields__.index("custodian_wrap")
NO_WRAPS = (b"", 0, None, None, None)
_DOCUMENT, _GRANT = slice(SEALED_WIDTH), slice(WrapRow.__struct_fields__.index("grant_id"), None)
_GRANTED = (
    f"{_LISTED} LEFT JOIN LATERAL (SELECT {gathered(SealedRow, 'd', of=_DOCUMENT)},"
    f" {gathered(WrapRow, 'w', of=_GRANT)}{_SEALED_AT}"
    " LEFT JOIN keeper_wrap w ON w.bucket = d.bucket AND w.appearance_id = d.appearance_id"
    " AND w.compartment = d.compartment AND w.agency_id = s.agency_id AND w.purpose = %(purpose)s"
    " AND w.grant_id = ANY(%(grants)s)) AS what ON true"
)
# The line is part of the statement: what comes back is answered after the commit of both.
_OF_OFFICER = (
    f"WITH {APPENDING} SELECT {columns(SessionRow, 's')}, {columns(OfficerRow, 'o')}, {columns(AgencyRow, 'a')},"
    " whose.*, what.* FROM keeper_session s LEFT JOIN keeper_officer o ON o.id = s.actor_id"
    " LEFT JOIN keeper_agency a ON a.id = s.agency_id{} WHERE s.id = %(session_id)s"
)
_OF_RUN = (
    f"WITH {APPENDING} SELECT {columns(RunRow, 's')}, {columns(AgencyRow, 'a')}, whose.*, what.*"
    " FROM keeper_run s LEFT JOIN keeper_agency a ON a.id = s.agency_id{} WHERE s.id = %(run_id)s"
)
OPEN, OPEN_GRANTED = _OF_OFFICER.format(_OWNED), _OF_OFFICER.format(_GRANTED)
OPEN_RUN, OPEN_RUN_GRANTED = _OF_RUN.format(_OWNED), _OF_RUN.format(_GRANTED)
SELF = (
    f"WITH {APPENDING} SELECT {columns(SessionRow, 's')}, whose.*, what.* FROM keeper_session s{_OWNED}"
    " WHERE s.id = %(session_id)s"
)
SESSION = (
    f"SELECT {columns(SessionRow, 's')}, {columns(OfficerRow, 'o')}, {columns(AgencyRow, 'a')} FROM keeper_session s"
    " LEFT JOIN keeper_officer o ON o.id = s.actor_id LEFT JOIN keeper_agency a ON a.id = s.agency_id"
    " WHERE s.id = %(session)s"
)
RUN = (
    f"SELECT {columns(RunRow, 's')}, {columns(AgencyRow, 'a')} FROM keeper_run s"
    " LEFT JOIN keeper_agency a ON a.id = s.agency_id WHERE s.id = %(run)s"
)
SEALED = (
    f"SELECT {columns(AppearanceRow, 'p')}, {columns(SealedRow, 'd')} FROM unnest(%(appearances)s::uuid[]) AS x(id)"
    " JOIN keeper_appearance p ON p.bucket = get_byte(uuid_send(x.id), 0) AND p.id = x.id"
    " JOIN keeper_sealed d ON d.bucket = p.bucket AND d.appearance_id = p.id"
    " AND d.compartment = ANY(%(compartments)s)"
)
WRAPS = (
    f"SELECT {columns(WrapRow, 'w')} FROM unnest(%(appearances)s::uuid[]) AS x(id) JOIN keeper_wrap w"
    " ON w.bucket = get_byte(uuid_send(x.id), 0) AND w.appearance_id = x.id"
    " AND w.compartment = ANY(%(compartments)s)"
)
_ACTIVE = "g.agency_id = %(agency)s AND g.status = 'active' AND g.purpose = ANY(%(purposes)s)"
NAMED_GRANTS = (
    f"SELECT {columns(GrantRow, 'g')} FROM keeper_grant g WHERE {_ACTIVE} AND g.person_id = %(person)s ORDER BY g.id"
)
NEXT_GRANTS = (
    f"SELECT {columns(GrantRow, 'n')} FROM (SELECT DISTINCT g.person_id FROM keeper_grant g WHERE {_ACTIVE}"
    " AND g.person_id > %(after)s ORDER BY g.person_id LIMIT 100) AS p JOIN LATERAL"
    f" (SELECT * FROM keeper_grant g WHERE {_ACTIVE} AND g.person_id = p.person_id) AS n ON true"
    " ORDER BY n.person_id, n.id"
)

"""What consent can refuse; codes are public, messages name no person and reveal no one's existence."""

from typing import ClassVar


class ConsentDenied(Exception):  # noqa: N818 - the answer "no" is a decision, not a fault
    """A request that may not be met; nothing is opened."""

    code: ClassVar[str] = "denied"


class NotGranted(ConsentDenied):
    """No grant that holds now opens anything of what was asked."""

    code = "not-granted"


class NothingAsked(ConsentDenied):
    """The request names no compartment; asking for nothing never means everything."""

    code = "nothing-asked"


class PurposeNotAllowed(ConsentDenied):
    """This kind of agency has no business with this purpose, or not in this lane."""

    code = "purpose-not-allowed"


class BeyondCeiling(ConsentDenied):
    """What was asked, or is to be granted, lies outside what this agency kind may ever get for the purpose."""

    code = "beyond-ceiling"


class GrantInvalid(ConsentDenied):
    """A grant that cannot be given: no section, no appearance, no end, or a basis that does not fit."""

    code = "grant-invalid"


class GrantEnded(ConsentDenied):
    """A withdrawn or expired grant cannot be changed; give a new one."""

    code = "grant-ended"


class RecordInvalid(ConsentDenied):
    """A consent record that says less, more or something else than a grant needs; nothing is wrapped from it."""

    code = "record-invalid"

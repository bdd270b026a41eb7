"""What is wrong with a request itself, before anybody looks at what it asks for."""

from __future__ import annotations

from registry.errors import RegistryError


class Malformed(RegistryError):  # noqa: N818 - what is the case
    """The body is not one JSON object in UTF-8, or says something twice."""

    code = "malformed"


class NotJson(RegistryError):  # noqa: N818 - what is the case
    """The body does not say that it is JSON."""

    code = "not-json"


class NotNamed(RegistryError):  # noqa: N818 - what is the case
    """A change does not say which state it was made from."""

    code = "if-match-required"


class OutOfDate(RegistryError):  # noqa: N818 - what is the case
    """A change was made from a state that is not the present one."""

    code = "changed-meanwhile"

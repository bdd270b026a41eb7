"""What the registry can refuse; every error has a public `code` that never changes meaning."""

from typing import ClassVar


class RegistryError(Exception):
    """Base of everything the registry decides to refuse; the message says what happened and what to do next."""

    code: ClassVar[str] = "registry.refused"


class NotFound(RegistryError):  # noqa: N818 - the name the whole house uses
    """The thing does not exist, or the caller must not learn that it does."""

    code = "not-found"


class SettingsError(RegistryError):
    """The settings are incomplete or contradict each other; names all of them at once."""

    code = "settings.invalid"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("cannot start: " + "; ".join(problems))
        self.problems = tuple(problems)


class OperationError(RegistryError):
    """Something the operator must repair before the registry can go on."""

    code = "operation.failed"

"""The texts that are shown before a decision; a record names the one that was, so a text is never changed."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from registry.errors import RegistryError

if TYPE_CHECKING:
    from consent.records import Notice


class UnknownNotice(RegistryError):  # noqa: N818 - what is the case
    """The text that is said to have been shown is none that was published here; nothing was granted."""

    code = "notice-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One text in one language."""

    version: str
    language: str  # BCP 47
    text: str

    @property
    def sha256(self) -> str:
        """Return the hex digest by which a record names this text."""
        return sha256(self.text.encode()).hexdigest()


#: Every text that was ever published, the present one last; the pages bring their own, translated and approved.
PUBLISHED = (
    Published(
        version="1",
        language="en",
        text=(
            "You let this office see the chosen parts of your profile for this purpose until this date. It is your free"
            " choice; saying no has no effect on benefits. You can withdraw at any time, and the office then sees"
            " nothing more here."
        ),
    ),
)


def current() -> Published:
    """Return the text to show before a decision now."""
    return PUBLISHED[-1]


def insist_published(notice: Notice) -> None:
    """Refuse a text that was never published here: nobody could say later what the person was told.

    Raises:
        UnknownNotice: no text has this version, language and digest.
    """
    known = {(one.version, one.language, one.sha256) for one in PUBLISHED}
    if (notice.version, notice.language, notice.sha256) not in known:
        raise UnknownNotice("Show the text of /api/v1/notices/current and say which it was.")

"""The languages of the pages: how each is called, which way it is written, and who stands in for a missing text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from babel import Locale

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Language:
    """One language; its code stands in addresses and is a BCP 47 tag."""

    code: str
    name: str  #: in itself
    stand_ins: tuple[str, ...] = ()  #: whose texts are shown where one is missing; English is the last resort

    @property
    def locale(self) -> Locale:
        """Return how dates, numbers and names are written (CLDR)."""
        return Locale.parse(self.code)

    @property
    def direction(self) -> str:
        """Return ltr or rtl."""
        return self.locale.text_direction


LANGUAGES: Final = {
    one.code: one for one in (Language("de", "Deutsch"), Language("en", "English"), Language("ar", "العربية"))
}
#: What a browser that asks for none of these gets.
USUAL: Final = LANGUAGES["de"]


def negotiated(wanted: Iterable[str]) -> Language:
    """Return the first language that is wanted and known.

    Args:
        wanted: tags of Accept-Language, the most wanted first, such as "ar-SY".
    """
    codes = (tag.partition("-")[0].lower() for tag in wanted)
    return next((LANGUAGES[code] for code in codes if code in LANGUAGES), USUAL)

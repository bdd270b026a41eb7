"""What people type: digits of any keyboard, and secrets, which no page ever shows again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wtforms import StringField

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Arabic-Indic and Extended Arabic-Indic digits, as keyboards from Damascus to Kabul write them.
_DIGITS: Final[Mapping[int, int]] = {
    first + value: ord("0") + value for first in (0x0660, 0x06F0) for value in range(10)
}
#: Marks that come along when a number is copied out of right-to-left text; what reorders a number stays, to be refused.
_MARKS: Final[Mapping[int, None]] = dict.fromkeys((0x061C, 0x200E, 0x200F))


def western(text: str | None) -> str | None:
    """Return a number or code as the registry knows it, whatever keyboard it was typed on."""
    return text.translate({**_DIGITS, **_MARKS}).strip() if text else text


class Secret(StringField):
    """What nobody may see again: it reaches the form, and no answer, whatever was wrong."""

    is_secret: Final = True

    def _value(self) -> str:
        """Return what a page shows of it."""
        return ""


class Password(Secret):
    """Words of somebody's own choice; they count as they were typed."""


class Code(Secret):
    """A PIN or a code: whatever keyboard its digits were typed on, they are the same digits."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take what was typed."""
        super().process_formdata([western(one) or "" for one in valuelist])

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


#: The language whose text is the original: whoever approves a translation compares it with this one.
ORIGINAL = "de"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One text in one language."""

    version: str
    language: str  # BCP 47
    text: str
    #: whether a human who speaks the language compared it with the original, which itself needs no comparison; where
    #: not, the original belongs beside it
    is_approved: bool = False

    @property
    def sha256(self) -> str:
        """Return the hex digest by which a record names this text."""
        return sha256(self.text.encode()).hexdigest()


#: Every text that was ever published, in the order of versions; a correction is a new version, also of one language.
#: Lawyers confirm the original before production.
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
    Published(
        version="2",
        language=ORIGINAL,
        text=(
            "Sie erlauben dieser Stelle, die ausgewählten Teile Ihres Profils für diesen Zweck bis zu diesem Tag zu"
            " sehen. Das ist freiwillig. Wenn Sie Nein sagen, hat das keine Folgen für Ihre Leistungen. Sie können die"
            " Erlaubnis jederzeit zurücknehmen, so einfach, wie Sie sie geben. Danach sieht die Stelle hier nichts"
            " mehr. Was sie bis dahin in ihre eigenen Akten übernommen hat, kann dort bleiben. Sie können hier"
            " nachsehen, wer Ihr Profil geöffnet hat und wann."
        ),
        is_approved=True,
    ),
    Published(
        version="2",
        language="en",
        text=(
            "You allow this office to see the chosen parts of your profile, for this purpose, until this day. You are"
            " free to choose. If you say no, this has no effect on your benefits. You can take your permission back at"
            " any time, as easily as you give it. From then on the office sees nothing more here. What it has copied"
            " into its own files until then may stay there. You can look up here who opened your profile, and when."
        ),
    ),
    Published(
        version="2",
        language="ar",
        text=(
            "بموافقتك تستطيع هذه الجهة أن تطّلع على الأجزاء المختارة من ملفك، لهذا الغرض فقط، حتى هذا اليوم. القرار لك"
            " وحدك. إذا كان جوابك «لا»، فلن يؤثر ذلك على المساعدات المقدمة لك. يمكنك سحب موافقتك في أي وقت، بنفس"
            " السهولة التي أعطيتها بها. بعد ذلك لا ترى هذه الجهة أي شيء هنا. وما نقلته قبل ذلك إلى ملفاتها الخاصة قد"
            " يبقى لديها. ويمكنك أن تعرف هنا من فتح ملفك ومتى."
        ),
    ),
)


def current(language: str = ORIGINAL) -> Published:
    """Return the text to show before a decision now: in this language, in the one it is a form of, else the original.

    Args:
        language: BCP 47, such as "ar" or "ar-SY".
    """
    latest = {one.language: one for one in PUBLISHED}  # the last of a language takes the place of those before
    base = language.partition("-")[0].lower()
    return latest.get(language) or latest.get(base) or latest[ORIGINAL]


def insist_published(notice: Notice) -> None:
    """Refuse a text that was never published here: nobody could say later what the person was told.

    Raises:
        UnknownNotice: no text has this version, language and digest.
    """
    known = {(one.version, one.language, one.sha256) for one in PUBLISHED}
    if (notice.version, notice.language, notice.sha256) not in known:
        raise UnknownNotice("Show the text of /api/v1/notices/current and say which it was.")

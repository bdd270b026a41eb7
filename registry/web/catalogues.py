"""Keeps the catalogues whole: `python -m registry.web.catalogues` adds what code and templates say and drops the rest.

Each room has a file of its own in each language, named after its folder of templates; what is said in several rooms
stands with the frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from registry.web.languages import LANGUAGES
from registry.web.texts import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WEB: Final = Path(__file__).parent
#: English is what code and templates say.
WRITTEN: Final = tuple(code for code in LANGUAGES if code != "en")
ROOMS: Final = ("intake", "office", "me")
FRAME: Final = "frame"
_KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None}


def said() -> dict[str | tuple[str, ...], str]:
    """Return every text that code and templates say, with the room it belongs to."""
    found: dict[str | tuple[str, ...], str] = {}
    for path in sorted((*WEB.rglob("*.py"), *WEB.rglob("*.html"))):
        room = _room(path)
        for text in _texts(path):
            found[text] = room if found.get(text, room) == room else FRAME
    return found


def catalogues(code: str) -> Mapping[str, Catalog]:
    """Return what a language has, by room."""
    found = {}
    for room in (*ROOMS, FRAME):
        path = FOLDER / code / f"{room}.po"
        if path.exists():
            with path.open("rb") as file:
                found[room] = read_po(file, locale=code)
    return found


def update() -> None:
    """Write all catalogues anew: what stays keeps its translation, what is new has none yet."""
    texts = said()
    for code in WRITTEN:
        known = {message.id: message for held in catalogues(code).values() for message in held if message.id}
        for room in (*ROOMS, FRAME):
            fresh = Catalog(locale=code)
            for text in sorted((text for text, where in texts.items() if where == room), key=str):
                fresh.add(text, known[text].string if text in known else None)
            (FOLDER / code).mkdir(parents=True, exist_ok=True)
            with (FOLDER / code / f"{room}.po").open("wb") as file:
                write_po(file, fresh, width=120, omit_header=True, sort_output=True, no_location=True)


def _room(path: Path) -> str:
    """Return which room's file this is: a folder of templates, or a view module whose name begins like it."""
    kind, *rest = path.relative_to(WEB).with_suffix("").parts
    name = rest[0] if rest else ""
    return next((room for room in ROOMS if kind != "assets" and (name == room or name.startswith(f"{room}_"))), FRAME)


def _texts(path: Path) -> Iterator[str | tuple[str, ...]]:
    method = "python" if path.suffix == ".py" else "jinja2"
    for _, text, _, _ in extract_from_file(method, path, keywords=_KEYWORDS):
        yield tuple(text) if isinstance(text, tuple | list) else text


if __name__ == "__main__":
    update()

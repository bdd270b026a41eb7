"""The letter as people get it: what the PDF shows, says and hides."""

from __future__ import annotations

import io
import re
from base64 import b32encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pypdf
import pypdfium2
import pytest
import typst
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf.generic import ArrayObject, DictionaryObject

from registry.errors import OperationError
from registry.letters import fonts, wording
from registry.letters.families import SUBSETS, WEIGHTS
from registry.letters.letter import LetterContent, Office, letter_pdf
from registry.letters.printable import Coverage

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = Path(__file__).parents[2] / "node_modules"
LANGUAGES = sorted(wording.languages())
#: A word in one script: between two, what reads a PDF may lose the blank.
WORD = re.compile(r"[\u0620-\u064a]+|[^\W\d\u0620-\u064a]+|\d+")
#: Margins of the page, and how far a letter's edge may be off, in points.
MARGIN, OFF, WIDTH = 51.0, 3.0, 595.3
#: Anything, and letters with marks of the scripts that the fonts have.
NAMES = st.text(max_size=40) | st.text("aAıəßж \u0301\u0327\u0331بمهلا\u064b\u0651\u200c\u200e\u2067(،٣", max_size=40)
_RANDOM = Random(4)  # noqa: S311 - codes that look like codes, the same each time
CONTENT = LetterContent(
    letter_code=b32encode(_RANDOM.randbytes(15)).decode(),
    codes=tuple(b32encode(_RANDOM.randbytes(5)).decode() for _ in range(20)),
    base="https://einmal.example.org",
    issued_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    expires_at=datetime(2026, 12, 23, 9, tzinfo=UTC),
    office=Office("Jobcenter Musterstadt", ("Bahnhofstraße 12", "12345 Musterstadt")),
)
LONG = replace(
    CONTENT,
    base="https://einmal.landeshauptstadt-musterstadt-sued.integration.example.org:8443",
    office=Office("Jobcenter " * 20, ("Straße der langen Namen " * 3,) * 4),
    person="Olena " * 20,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fonts of letters, made of what npm fetched."""
    if not (MODULES / "@fontsource").exists():
        pytest.skip("node_modules is not here: `make install` fetches it")
    out = tmp_path_factory.mktemp("fonts")
    fonts.build(MODULES, out)
    return out


def printed(folder: Path, content: LetterContent = CONTENT, *languages: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(letter_pdf(content, languages or ("de", "ar"), fonts=folder)))


def text_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def tags(element: DictionaryObject) -> Iterator[dict[str, Any]]:
    """Yield all elements of a tagged PDF in the order in which they are read."""
    if "/S" in element:
        yield {str(key): value for key, value in element.items()}
    children: Any = element.get("/K", [])
    for child in children if isinstance(children, ArrayObject) else [children]:
        found = child.get_object()
        if isinstance(found, DictionaryObject):
            yield from tags(found)


def test_the_code_stands_on_the_front_in_groups_of_four(folder: Path) -> None:
    front = printed(folder).pages[0].extract_text()
    shown = re.findall(r"^(?:[A-Z2-7]{4} ?){3}$", front, re.MULTILINE)
    assert "".join(shown).replace(" ", "") == CONTENT.letter_code


def test_every_numbered_code_stands_on_the_back_beside_its_number(folder: Path) -> None:
    reader = printed(folder)
    shown = re.findall(r"\b(\d{1,2}) ([A-Z2-7]{4}) ([A-Z2-7]{4})\b", reader.pages[1].extract_text())
    assert {int(number): one + other for number, one, other in shown} == dict(enumerate(CONTENT.codes, start=1))
    assert not any(code[:4] in reader.pages[0].extract_text() for code in CONTENT.codes)


def test_the_image_leads_a_phone_to_the_code(folder: Path) -> None:
    """Read from the page as it is printed, at the resolution of a fax."""
    document = pypdfium2.PdfDocument(letter_pdf(CONTENT, ("de", "ar"), fonts=folder))
    bitmap = document[0].render(scale=100 / 72, grayscale=True)
    pixels = memoryview(bytes(bitmap.buffer)).cast("B", (bitmap.height, bitmap.stride))
    assert [found.text for found in zxingcpp.read_barcodes(pixels)] == [CONTENT.scanned_address]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_can_be_copied_as_it_is_written(folder: Path, language: str) -> None:
    """With other fonts dots are glyphs of their own and the copied text is another word."""
    said = wording.wording(language)
    unseen = {"direction": "", "dates": "", "document": "", "image": "", "valid": said.valid.format(day="")}
    words = set(WORD.findall(" ".join(flat(msgspec.to_builtins(said) | unseen))))
    shown = set(WORD.findall(text_of(printed(folder, replace(CONTENT, person="Nadir"), language))))
    assert words - shown == set()


def test_each_script_begins_on_its_own_side(folder: Path) -> None:
    page = pypdfium2.PdfDocument(letter_pdf(CONTENT, ("de", "ar"), fonts=folder))[0].get_textpage()
    german, arabic = wording.wording("de").opening, wording.wording("ar").opening
    left = boxes(page, german.split()[0])
    right = boxes(page, WORD.findall(arabic)[0])
    assert min(box[0] for box in left) == pytest.approx(MARGIN, abs=OFF)
    assert max(box[2] for box in right) == pytest.approx(WIDTH - MARGIN, abs=OFF)
    assert all(box[0] > WIDTH / 2 for box in right)


def test_the_letter_can_be_read_aloud(folder: Path) -> None:
    """PDF/UA-1: title, languages, headings, a table with a head, words for the image (ISO 14289-1, 7)."""
    reader = printed(folder)
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    read = list(tags(root["/StructTreeRoot"].get_object()))
    kinds = [one["/S"] for one in read]
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/Lang"] == "de"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert (kinds.count("/H1"), kinds.count("/Table"), kinds.count("/TH")) == (4, 1, 4)
    assert [one["/Alt"] for one in read if "/Alt" in one] == [
        " / ".join(wording.wording(language).image for language in ("de", "ar"))
    ]
    assert "ar" in {one["/Lang"] for one in read if "/Lang" in one}


def test_only_the_built_fonts_are_in_it(folder: Path) -> None:
    names = {str(font).partition("+")[2].partition("-")[0] for page in printed(folder).pages for font in fonts_of(page)}
    assert names == {"FiraLatin", "VazirmatnArabic"}


def test_what_others_wrote_is_text_and_never_markup(folder: Path) -> None:
    words = '#panic("x") \\ [y] *b* _u_ $x$ `raw` <l> @ref // z /* k #letter.code'
    content = replace(CONTENT, person=words, office=Office(words, (words,)))
    assert text_of(printed(folder, content, "de", "en")).count(words) == 3


def test_no_name_is_on_it_unless_given(folder: Path) -> None:
    before = " · ".join(wording.wording(language).person for language in ("de", "en"))
    assert before not in text_of(printed(folder, CONTENT, "de", "en"))
    named = replace(CONTENT, person="Olena Ševčuk-Öztürk")
    assert f"{before} Olena Ševčuk-Öztürk" in text_of(printed(folder, named, "de", "en"))


@pytest.mark.parametrize("languages", [("de",), *(("de", one) for one in LANGUAGES if one != "de")])
def test_long_names_make_no_third_page(folder: Path, languages: tuple[str, ...]) -> None:
    reader = printed(folder, LONG, *languages)
    assert len(reader.pages) == 2
    assert wording.wording("de").warnings[1].split()[-1] in reader.pages[0].extract_text()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, line=NAMES)
def test_whatever_a_name_is_made_of_the_letter_is_printed(folder: Path, name: str, line: str) -> None:
    """A PDF/UA refuses a character without a glyph, and she would go home without her letter."""
    content = replace(CONTENT, person=name, office=Office(line, (name,)))
    assert len(printed(folder, content).pages) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fonts_have_every_character_of_the_texts(folder: Path, language: str) -> None:
    coverage = Coverage.of(folder)
    texts = flat(msgspec.to_builtins(wording.wording(language)))
    assert [text for text in texts if coverage.shown(text) != text] == []


def test_fonts_are_built_alike_each_time_and_found_under_our_names(folder: Path, tmp_path: Path) -> None:
    again = fonts.build(MODULES, tmp_path / "again")
    assert [path.name for path in again if path.read_bytes() != (folder / path.name).read_bytes()] == []
    loaded = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[tmp_path / "again"])
    assert {(font.family, font.weight) for font in loaded.fonts()} == {
        (subset.family, weight) for subset in SUBSETS for weight in WEIGHTS
    }


def test_without_fonts_nothing_is_printed_in_others(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="make install"):
        letter_pdf(CONTENT, ("de", "ar"), fonts=tmp_path)


@pytest.mark.parametrize("languages", [(), ("de", "en", "ar")])
def test_a_letter_has_one_or_two_languages(tmp_path: Path, languages: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="one language or in two"):
        letter_pdf(CONTENT, languages, fonts=tmp_path)


def flat(said: dict[str, Any]) -> list[str]:
    return [text for value in said.values() for text in ([value] if isinstance(value, str) else value)]


def boxes(page: pypdfium2.PdfTextPage, word: str) -> list[tuple[float, ...]]:
    """Return where a word stands: left, bottom, right, top, in points."""
    found = page.search(word, match_whole_word=True).get_next()
    assert found is not None, word
    return [page.get_charbox(found[0] + place) for place in range(found[1])]


def fonts_of(page: pypdf.PageObject) -> list[str]:
    resources: Any = page["/Resources"]
    return [font.get_object()["/BaseFont"] for font in resources["/Font"].values()]

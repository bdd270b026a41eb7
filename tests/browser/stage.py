"""Visiting pages as somebody: each page that is looked at keeps what all pages promise."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.house import PIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

    from tests.api_client import Api
    from tests.house import Letter

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "test-results" / "pages"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
#: No sandbox as root, nothing of its own on the network, nothing kept.
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549", "best-practice"]
#: What axe leaves behind would be copied by htmx, and be refused by our own policy.
_TIDY = "document.querySelectorAll('[style=\"\"]').forEach((one) => one.removeAttribute('style'))"
_PHONE, _DESK = (390, 844), (1280, 900)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody before a browser of her own."""

    page: Page
    address: str
    language: str
    has_scripts: bool
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page of her language."""
        self.page.goto(f"{self.address}/{self.language}{path}")

    def sign_in_as_officer(self, stage: Stage, agency: str, role: str = "clerk") -> None:
        """Sign in through the real door."""
        officer = stage.api.house.agency(agency).officer(role)
        self.go("/office/sign-in")
        self.page.fill("#login", officer.login)
        self.page.fill("#password", officer.password)
        self.page.fill("#totp", stage.api.house.book.code(officer))
        self.page.click("main button")

    def sign_in_with(self, letter: Letter) -> None:
        """Sign in through the real door, with a letter."""
        self.go("/sign-in")
        self.page.fill("#code", letter.code)
        self.page.fill("#pin", PIN)
        self.page.click("main button")

    def look(self, name: str) -> None:
        """See that the page is what every page must be, and keep a picture of it."""
        self.look_in(name, self.language)

    def look_in(self, name: str, language: str) -> None:
        """Look at a page in another language than the visitor came with."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.{language}.png", full_page=True)
        assert self.page.get_attribute("html", "lang") == language
        if self.has_scripts:
            is_wide = self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            assert not is_wide, f"{name}: sideways scrolling (WCAG 1.4.10)"
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
            found = self.page.evaluate(f"axe.run(document, {{runOnly: {_RULES}}})")["violations"]
            self.page.evaluate(_TIDY)
            assert not found, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]
        assert self.complaints == []


@dataclass(frozen=True, slots=True)
class Stage:
    """The pages of one house, and the browser that visits them."""

    address: str
    api: Api
    browser: Browser

    @contextmanager
    def visitor(self, language: str = "de", *, on_phone: bool = False, has_scripts: bool = True) -> Iterator[Visitor]:
        """Let somebody come; at the end nothing was complained of and nothing fetched from elsewhere."""
        width, height = _PHONE if on_phone else _DESK
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=has_scripts, locale=language
        )
        visitor = Visitor(context.new_page(), self.address, language, has_scripts)
        visitor.page.on("console", lambda message: _note(visitor, message))
        visitor.page.on("request", lambda request: _note_foreign(visitor, request))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        try:
            yield visitor
        finally:
            context.close()
        assert visitor.complaints == []


def _note(visitor: Visitor, message: ConsoleMessage) -> None:
    # A page that answers 4xx is announced too, and that is what was asked for.
    if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource: the server"):
        visitor.complaints.append(message.text)


def _note_foreign(visitor: Visitor, request: Request) -> None:
    if urlsplit(request.url).netloc != urlsplit(visitor.address).netloc and not request.url.startswith("data:"):
        visitor.complaints.append(f"fetched from elsewhere: {request.url}")

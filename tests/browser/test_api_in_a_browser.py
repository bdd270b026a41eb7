"""What a real browser makes of the interface: it shows a document and runs nothing that a value might carry."""

from __future__ import annotations

import html
import shutil
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from registry.keys.client import KEEPER
from registry.linkage.client import LINKER
from tests.api_client import Api, opened
from tests.house import open_house

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask

    from tests.conftest import DatabasePair

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")
#: No sandbox as root, nothing of its own on the network, nothing kept.
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip


@pytest.fixture
def address(database_pair: DatabasePair) -> Iterator[str]:
    with open_house(database_pair) as house:
        for api in opened(house):
            yield from served(api)


@dataclass(frozen=True, slots=True)
class Parting:
    """The application in threads that each serve one request: what a thread opened it closes."""

    app: Flask

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        try:
            return list(self.app(environ, start_response))
        finally:
            KEEPER.close()
            LINKER.close()


def served(api: Api) -> Iterator[str]:
    """Serve the application on this machine only; yields its address."""
    server = make_server("127.0.0.1", 0, Parting(api.app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def seen(address: str, profile: Path) -> str:
    """Return the page as the browser has it after loading."""
    command = [
        CHROMIUM or "",
        *QUIET,
        f"--user-data-dir={profile}",
        "--virtual-time-budget=2000",
        "--dump-dom",
        address,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return html.unescape(done.stdout)


def test_a_stranger_sees_one_problem_document_everywhere(address: str, tmp_path: Path) -> None:
    """The same words for an address that does not exist, whatever it carries; no script of it runs."""
    page = seen(f"{address}/api/v1/nothing?x=<script>document.title='run'</script>", tmp_path)
    assert '"code":"not-found"' in page
    assert "<title>run</title>" not in page


def test_the_interface_describes_itself_in_a_browser(address: str, tmp_path: Path) -> None:
    page = seen(f"{address}/api/v1/openapi.json", tmp_path)
    assert '"openapi":"3.1' in page.replace(" ", "")
    assert "/api/v1/persons/{person_id}/profile" in page

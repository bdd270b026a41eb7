"""Files of pages in memory: each under a name with a digest of its content, so that browsers may keep it for ever."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Response

from registry.errors import NotFound, OperationError
from registry.web.assets.places import BUILT

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN: Final = Path(__file__).resolve().parents[1] / "static"
PREFIX: Final = "/static/"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
_REFERENCE: Final = re.compile(r'url\("(?P<name>[\w.-]+)"\)')
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    packed: bytes | None
    content_type: str


@dataclass(frozen=True, slots=True)
class Files:
    """All files that pages may name."""

    addresses: Mapping[str, str]  #: "app.css" -> "/static/app.0123456789ab.css"
    _held: Mapping[str, _File]

    @classmethod
    def load(cls) -> Files:
        """Read what was built and what is ours; style sheets come last, because they name others.

        Raises:
            OperationError: nothing was built.
        """
        if not (BUILT / "stamp").exists():
            raise OperationError("The files of the pages were not built yet. Run `make install`.")
        addresses: dict[str, str] = {}
        held: dict[str, _File] = {}
        paths = [path for folder in (BUILT, OWN) for path in folder.iterdir() if path.suffix in _TYPES]
        for path in sorted(paths, key=lambda path: (path.suffix == ".css", path.name)):
            content = path.read_bytes()
            if path.suffix == ".css":
                content = _REFERENCE.sub(lambda found: f'url("{addresses[found["name"]]}")', content.decode()).encode()
            name = f"{path.stem}.{sha256(content).hexdigest()[:12]}{path.suffix}"
            addresses[path.name] = f"{PREFIX}{name}"
            packed = gzip.compress(content, 9, mtime=0) if path.suffix != ".woff2" else None
            held[name] = _File(content, packed, _TYPES[path.suffix])
        return cls(addresses, held)

    def answer(self, name: str, *, takes_gzip: bool) -> Response:
        """Return a file by the name that its address ends with.

        Raises:
            NotFound: there is none of that name.
        """
        file = self._held.get(name)
        if file is None:
            raise NotFound("There is no such file.")
        packed = file.packed if takes_gzip else None
        response = Response(packed or file.content, content_type=file.content_type)
        response.headers["Cache-Control"] = _FOR_EVER
        response.headers["Vary"] = "Accept-Encoding"
        if packed is not None:
            response.headers["Content-Encoding"] = "gzip"
        return response

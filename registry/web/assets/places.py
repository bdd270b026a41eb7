"""Where the files of pages and letters lie; read by what serves them, filled by what builds them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

WEB: Final = Path(__file__).resolve().parents[1]
BUILT: Final = WEB / "built"
#: Fonts of letters, which no browser gets.
FONTS: Final = BUILT / "fonts"

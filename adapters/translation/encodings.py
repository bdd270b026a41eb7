"""The text of an XML file, in the encoding it declares, strictly: what does not fit is refused with its line."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO

from adapters.contract import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE_BYTES = 32 * 1024
_HEAD_BYTES = 200
#: Found before a file is read: whoever reads may not load a codec any more.
_DECODERS = {
    name: codecs.getincrementaldecoder(codec)
    for name, codec in {
        "utf-8": "utf-8",
        "us-ascii": "ascii",
        "utf-16": "utf-16",
        "iso-8859-1": "latin-1",
        "windows-1252": "cp1252",
    }.items()
}
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def texts(file: BinaryIO) -> Iterator[str]:
    """Yield the text of an XML file from where it stands, without its mark.

    Raises:
        RefusedFileError: empty, of another encoding than these, or not of the one it declares.
    """
    piece = file.read(_PIECE_BYTES)
    decoder, line = _decoder(piece[:_HEAD_BYTES]), 1
    while True:
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as wrong:
            line += wrong.object.count(b"\n", 0, wrong.start)
            code, reason = ("encoding", "The bytes are not of the encoding that the file declares.")
            if not piece:
                code, reason = ("xml.truncated", "The file ends in the middle of a character.")
            raise RefusedFileError(reason, line=line, code=code) from wrong
        line += text.count("\n")
        if text:
            yield text.removeprefix("\ufeff")
        if not piece:
            return
        piece = file.read(_PIECE_BYTES)


def _decoder(head: bytes) -> codecs.IncrementalDecoder:
    """Return what decodes a file that begins like this."""
    if not head:
        raise RefusedFileError("The file is empty.", line=1, code="file.empty")
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    declared = _DECLARED.match(head.replace(b"\0", b"").lstrip(codecs.BOM_UTF8 + codecs.BOM_UTF16_LE))
    name = declared[1].decode("ascii").lower() if declared else "utf-16" if is_wide else "utf-8"
    is_marked = head.startswith(codecs.BOM_UTF8)
    if name not in _DECODERS or is_wide != (name == "utf-16") or (is_marked and name != "utf-8"):
        raise RefusedFileError(
            "The file declares or has another encoding than UTF-8, UTF-16 with a mark, ISO-8859-1 or windows-1252.",
            line=1,
            code="encoding",
        )
    return _DECODERS[name]()

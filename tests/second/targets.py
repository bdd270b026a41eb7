"""What a fuzzer may do to our readers of bytes: each target takes any bytes, and raises where a promise is broken."""

from __future__ import annotations

import hmac
import json
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

from flask import Flask, g
from marshmallow import ValidationError

from registry.actors import PersonActor
from registry.crypto import envelope, padding
from registry.crypto.derivation import compartment_keys
from registry.crypto.encoding import Field, encode
from registry.crypto.errors import CryptoError
from registry.edge import pieces
from registry.exchange import cursors as cursors_of_feeds
from registry.exchange.cursors import CursorRefused
from registry.web import signed
from schemas.canonical import NotCanonicalError, canonical, parse
from tests import crypto_references as reference

Target: TypeAlias = Callable[[bytes], None]

KEY = bytes(range(32))
PLACE = envelope.Place(UUID("8d8f4c5e-6f4f-4a0e-9a53-0d5f7a3d1c11"), "languages.core", 3, 7)
SAID = b'{"entries":[{"kind":"languages.language"}]}'
NONCE = bytes(range(12))
TOKEN = bytes(range(32, 64))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_APP = Flask("fuzzed")


def _sealed_document() -> bytes:
    """Seal with a nonce that is the same in every process, as the reference does."""
    key, commitment = compartment_keys(KEY, appearance=PLACE.appearance, compartment=PLACE.compartment, epoch=3)
    context = encode(("compartment/1", PLACE.appearance, PLACE.compartment, 3, 7, commitment))
    head = struct.pack(">BBII", 1, envelope.ALG, 3, 7) + commitment + NONCE
    return head + reference.gcm_sealed(key, NONCE, padding.pad(SAID), context)


DOCUMENT = _sealed_document()
AGENCY = UUID(int=(1 << 128) - 1)
FOLLOWING = cursors_of_feeds.written(7, KEY, AGENCY)
SECRET = bytes((1, envelope.ALG)) + NONCE + reference.gcm_sealed(KEY, NONCE, bytes(32), encode(("wrap", 7)))


class Broken(AssertionError):  # noqa: N818 - what is the case
    """A promise that does not hold for these bytes."""


def insist(*, that: bool, promise: str) -> None:
    """Break off unless the promise holds; unlike an assert also under -O."""
    if not that:
        raise Broken(promise)


def documents(data: bytes) -> None:
    """A sealed document opens as what was sealed, and only if not a bit differs."""
    for sealed in (data, edited(DOCUMENT, data)):
        with suppress(CryptoError):
            opened = envelope.open_document(sealed, KEY, PLACE)
            insist(that=sealed == DOCUMENT and opened == SAID, promise="an altered document opened")


def secrets(data: bytes) -> None:
    """A sealed secret opens as what was sealed, and only if neither a bit nor the context differs."""
    for sealed in (data, edited(SECRET, data)):
        with suppress(CryptoError):
            opened = envelope.open_secret(sealed, KEY, "wrap", 7)
            insist(that=sealed == SECRET and opened == bytes(32), promise="an altered secret opened")
    fields = listed(data)
    with suppress(CryptoError):
        envelope.open_secret(SECRET, KEY, *fields)
        insist(that=known(fields) == known(["wrap", 7]), promise="a secret opened in another context")


def paddings(data: bytes) -> None:
    """Unpadding finds the very bytes that were padded, or raises."""
    insist(that=padding.unpad(padding.pad(data)) == data, promise="padding lost something")
    with suppress(CryptoError):
        body = padding.unpad(data)
        rest = data[len(body) :]
        insist(that=data.startswith(body) and rest == b"\x80".ljust(len(rest), b"\0"), promise="unpadding ate text")


def encodings(data: bytes) -> None:
    """Two different lists of fields never meet in the same bytes."""
    middle = len(data) // 2
    one, other = listed(data[:middle]), listed(data[middle:])
    for left, right in ((one, other), ([one], one), ([*one, *other], [one, other])):
        same = encode(left) == encode(right)
        insist(that=same == (known(left) == known(right)), promise="two lists met, or one differed from itself")


def forms(data: bytes) -> None:
    """A form is taken for ours only with the token of its own session, and from no other site."""
    text = data.decode("latin-1")
    said, _, origin = text.partition("\n")
    right = hmac.new(TOKEN, b"einmal form", sha256).hexdigest()
    for field in (said, edited(right.encode(), data).decode("latin-1")):
        headers = {"Origin": origin.replace("\r", "").replace("\n", "")} if origin else {}
        with _APP.test_request_context("/", method="POST", data={signed.FIELD: field}, headers=headers):
            g.actor = PersonActor(id=UUID(int=1), session_id=sha256(TOKEN).digest(), token=TOKEN)
            with suppress(signed.ForeignForm):
                signed.insist_own_form()
                insist(that=field == right, promise="a form of another session was taken")


def cursors(data: bytes) -> None:
    """A cursor says a place, or is refused; the place that it says makes a cursor which says the same."""
    text = data.decode("latin-1")
    with suppress(ValidationError):
        before = pieces.piece(7, text).before
        insist(that=before is not None, promise="a cursor meant the beginning")
        again = pieces.Piece(1, None).cut([before, before], _key)[1]
        insist(that=pieces.piece(7, again).before == before, promise="a cursor moved")


def places(data: bytes) -> None:
    """A cursor of an office's feed leads where it was written to lead, and only if not a letter differs."""
    for cursor in (data.decode("latin-1"), edited(FOLLOWING.encode(), data).decode("latin-1")):
        with suppress(CursorRefused):
            place = cursors_of_feeds.place_of(cursor, KEY, AGENCY)
            insist(that=(cursor, place) == (FOLLOWING, 7), promise="an altered cursor of a feed was followed")
    with suppress(CursorRefused):
        another = UUID(bytes=data[:16].ljust(16, b"\0"))
        cursors_of_feeds.place_of(FOLLOWING, KEY, another)
        insist(that=another == AGENCY, promise="another office's cursor was followed")


def _key(place: tuple[datetime, UUID] | None) -> tuple[datetime, UUID]:
    if place is None:
        raise Broken("a cursor meant the beginning")
    return place


def documents_as_json(data: bytes) -> None:
    """What is read can be written in one way only, and reads the same again; as another reader understands it too."""
    with suppress(NotCanonicalError):
        document = parse(data)
        written = canonical(document)
        insist(that=parse(written) == document, promise="a document changed")
        insist(that=canonical(parse(written)) == written, promise="a document has two byte forms")
        insist(that=json.loads(written) == json.loads(data), promise="another reader sees something else")


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "documents": documents,
        "secrets": secrets,
        "paddings": paddings,
        "encodings": encodings,
        "forms": forms,
        "cursors": cursors,
        "places": places,
        "json": documents_as_json,
    }
)
#: Where a fuzzer begins.
SEEDS: Mapping[str, tuple[bytes, ...]] = MappingProxyType(
    {
        "documents": (DOCUMENT, b"", b"\x00\x00\x01", b"\x01\x00\x36\x80"),
        "secrets": (SECRET, b"", b"\x00\x00\x01", b"s\x04wrapi\x017"),
        "paddings": (b"", b"\x80", b"abc\x80\x00\x00", bytes(600)),
        "encodings": (b"s\x01ai\x017s\x01ai\x017", b"l\x04s\x02abs\x01au\x10" + bytes(16), b"t\x03123d\x02\x10\x00n"),
        "forms": (
            b"",
            hmac.new(TOKEN, b"einmal form", sha256).hexdigest().encode(),
            b"x\nhttps://elsewhere.example",
            b"x\nhttp://[::1",
        ),
        "cursors": (b"", b"AAYvZ2xvYmFsAAAAAAAAAAAAAAAAAAAA", b"AAAAAAAAAAc="),
        "places": (b"", b"\x00\x00\x20", b"A" * 48),
        "json": (b"{}", b'{"entries":[{"kind":"a","n":-0,"m":1e2,"t":"\\ud83d\\ude00\xc3\xa4"}]}', b"[1.0,null,true]"),
    }
)


def edited(original: bytes, script: bytes) -> bytes:
    """Change bytes as a script of 3-byte steps says: where (2 bytes), and with what it is xored; 0 cuts off there."""
    changed = bytearray(original)
    for at in range(0, len(script) - 2, 3):
        if not changed:
            break
        where = int.from_bytes(script[at : at + 2]) % len(changed)
        if script[at + 2]:
            changed[where] ^= script[at + 2]
        else:
            del changed[where:]
    return bytes(changed)


def listed(data: bytes, depth: int = 3) -> list[Field]:
    """Read any bytes as a list of fields: a letter for the type, a length, what it says."""
    fields: list[Field] = []
    while len(data) >= 2:
        kind, size, data = data[:1], data[1], data[2:]
        body, data = data[:size], data[size:]
        fields.append(_field(kind, body, depth))
    return fields


def _field(kind: bytes, body: bytes, depth: int) -> Field:
    number = int.from_bytes(body[:12], signed=True)
    match kind:
        case b"b":
            return body
        case b"i":
            return number
        case b"u":
            return UUID(bytes=body[:16].ljust(16, b"\0"))
        case b"t":
            return EPOCH + timedelta(microseconds=number % 10**17)
        case b"d":
            return date.fromordinal(1 + number % 3_000_000)
        case b"l" if depth:
            return listed(body, depth - 1)
        case b"m" if depth:
            return tuple(listed(body, depth - 1))
        case b"n":
            return None
        case _:
            return body.decode("latin-1")


def known(value: Field) -> object:
    """Return a field with its type, so that 1, "1" and b"1" differ; lists and tuples are one kind."""
    if isinstance(value, list | tuple):
        return ("list", tuple(map(known, value)))
    return (type(value).__name__, value)


def each(data: bytes) -> None:
    """The first byte chooses the target."""
    if data:
        TARGETS[sorted(TARGETS)[data[0] % len(TARGETS)]](data[1:])


#: Where a fuzzer of all targets at once begins.
SEEDS_OF_EACH = tuple(bytes((number,)) + seed for number, name in enumerate(sorted(TARGETS)) for seed in SEEDS[name])


def broken(data: bytes) -> None:
    """Break a promise on purpose where a byte has to be found."""
    if data[:1] == b"?":
        insist(that=False, promise="it begins with a question mark")


def prepared(name: str) -> Target:
    """Return a target; "each" is all of them, and "broken" the one that shows whether a fuzzer finds anything."""
    return {"each": each, "broken": broken}.get(name) or TARGETS[name]

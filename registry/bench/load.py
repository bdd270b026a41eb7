"""A plain HTTP client that costs little: keep-alive connections, prepared requests, one loop."""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING

from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEAD_END = b"\r\n\r\n"
_PATIENCE_SECONDS = 10.0
_CLOSED = "the server closed the connection in the middle of a measurement"


@dataclass(slots=True)
class _Connection:
    """One keep-alive connection with one request under way."""

    port: int
    waiting: selectors.BaseSelector
    sock: socket.socket = field(init=False)
    request: bytes = b""
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    is_repeated: bool = False

    def __post_init__(self) -> None:
        self._connect()

    def send(self, request: bytes) -> None:
        self.received.clear()
        self.request, self.is_repeated = request, False
        self.sent_at = time.perf_counter()
        try:
            self.sock.sendall(request)
        except ConnectionError:
            self._again()

    def take(self) -> bool:
        """Read what is there; True when the answer is whole."""
        try:
            part = self.sock.recv(1 << 18)
        except ConnectionResetError:
            part = b""
        if not part and not self.received:
            self._again()  # a server may close a connection that it keeps alive; then every client asks again
            return False
        if not part:
            raise OperationError("the server closed the connection in the middle of an answer")
        self.received += part
        end = self.received.find(_HEAD_END)
        if end < 0:
            return False
        head = bytes(self.received[:end]).lower()
        if not head.startswith((b"http/1.1 200", b"http/1.0 200")):
            status = head.partition(b"\r\n")[0].decode()
            raise OperationError(f"a measured request was answered {status}")
        return len(self.received) >= end + len(_HEAD_END) + _length(head)

    def _connect(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting.register(self.sock, selectors.EVENT_READ, self)

    def _again(self) -> None:
        """Ask once more on a new connection; the time runs on."""
        if self.is_repeated:
            raise OperationError(_CLOSED)
        self.is_repeated = True
        self.waiting.unregister(self.sock)
        self.sock.close()
        try:
            self._connect()
            self.sock.sendall(self.request)
        except ConnectionError:
            raise OperationError(_CLOSED) from None


@dataclass(frozen=True, slots=True)
class Reading:
    """Answers per second, and the time to the last byte of each, in seconds."""

    rate: float
    times: list[float]

    def percentile(self, share: float) -> float:
        """Return the time within which this share of the answers was there."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(path: str, headers: dict[str, str]) -> bytes:
    """Return the bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def drive(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Reading:
    """Send these requests in turn, on so many connections at once, for so long, and until there is one answer.

    Raises:
        OperationError: an answer is not 200, or the server is silent.
    """
    following: Iterator[bytes] = cycle(requests)
    times: list[float] = []
    with selectors.DefaultSelector() as waiting:
        held = [_Connection(port, waiting) for _ in range(connections)]
        begun = time.perf_counter()
        try:
            for one in held:
                one.send(next(following))
            while not times or time.perf_counter() - begun < seconds:
                ready = waiting.select(_PATIENCE_SECONDS)
                if not ready:
                    raise OperationError("the server is silent in the middle of a measurement")
                for key, _ in ready:
                    one = key.data
                    if one.take():
                        times.append(time.perf_counter() - one.sent_at)
                        one.send(next(following))
            elapsed = time.perf_counter() - begun
        finally:
            for one in held:
                one.sock.close()
    return Reading(len(times) / elapsed, times)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise OperationError("an answer has no length")

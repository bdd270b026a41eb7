"""The client that benchmarks measure with: it asks again where a server closed a connection that it kept alive."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from registry.bench import load
from registry.errors import OperationError

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Site:
    """Answers a number of requests on each connection, then closes it."""

    def __init__(self, answers: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.answers = answers
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, suppress(ConnectionError):  # the measurement is over
                for _ in range(self.answers):
                    if not connection.recv(4096):
                        break
                    connection.sendall(ANSWER)


@pytest.fixture
def sites() -> Iterator[list[Site]]:
    opened: list[Site] = []
    yield opened
    for site in opened:
        site.listener.close()


def test_a_connection_that_was_closed_between_answers_is_made_again(sites: list[Site]) -> None:
    sites.append(Site(answers=3))
    reading = load.drive(sites[0].port, [load.request("/", {})], connections=1, seconds=0.3)
    assert len(reading.times) > 3
    assert sites[0].connections > 1


def test_a_server_that_answers_nothing_ends_the_measurement(sites: list[Site]) -> None:
    sites.append(Site(answers=0))
    with pytest.raises(OperationError, match="closed the connection"):
        load.drive(sites[0].port, [load.request("/", {})], connections=1, seconds=0.3)

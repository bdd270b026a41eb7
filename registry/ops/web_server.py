"""The process `web`: gunicorn with threads, on a socket of the supervisor's or of its own."""

import logging
from functools import partial
from typing import Any

from gunicorn import glogging, util
from gunicorn.app.base import BaseApplication

from registry import ready
from registry.config import Settings

#: After about so many answers a worker makes room for a new one: what it showed does not stay in its memory for ever.
RECYCLE_AFTER = 20_000


class Log(glogging.Logger):  # type: ignore[misc] # gunicorn has no annotations
    """Sends gunicorn's messages where all logs of the process go; requests are not logged, addresses are personal."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401, ARG002 - gunicorn's signature
        """Take no handler of gunicorn's own."""
        self.error_log.setLevel(logging.INFO)
        self.error_log.propagate = True
        self.access_log.propagate = False
        self.access_log.disabled = True


class Server(BaseApplication):  # type: ignore[misc] # as above
    """Gunicorn as a part of our process, configured from our settings only."""

    def __init__(self, settings: Settings, application: str) -> None:
        self._settings = settings
        self._application = application
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings over."""
        settings = self._settings
        own = f"{settings.web_host}:{settings.web_port}"
        choices = {
            "bind": own if settings.web_fd is None else f"fd://{settings.web_fd}",
            "worker_class": "gthread",
            "workers": settings.web_workers,
            "threads": settings.web_threads,
            "graceful_timeout": 5,
            "max_requests": RECYCLE_AFTER,
            "max_requests_jitter": RECYCLE_AFTER // 10,
            "umask": 0o077,
            "logger_class": Log,
            "control_socket_disable": True,
            # The first worker that has loaded the application makes the process ready.
            "post_worker_init": partial(_tell, settings),
        }
        for name, value in choices.items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - any WSGI application
        """Import the application in each worker, after the fork."""
        return util.import_app(self._application)


def serve(settings: Settings, application: str = "wsgi:app") -> None:
    """Serve pages and API until a signal ends it.

    Args:
        application: "module:name" of a WSGI application, or "module:function()" that makes one.
    """
    Server(settings, application).run()


def _tell(settings: Settings, worker: object) -> None:  # noqa: ARG001 - gunicorn's signature
    ready.tell(settings)

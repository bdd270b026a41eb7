"""How a process tells the supervisor that started it that it can be used."""

import os

from registry.config import Settings


def tell(settings: Settings) -> None:
    """Say once that this process is ready; without a supervisor there is nobody to tell."""
    if settings.ready_fd is None:
        return
    try:
        os.write(settings.ready_fd, b"+")
        os.close(settings.ready_fd)
    except OSError:
        # Told before, or the supervisor is gone: its death ends this process by other means.
        return

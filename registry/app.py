"""Puts the web application together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from registry.config import Settings


def create_app(settings: Settings) -> Flask:  # noqa: ARG001 - the API needs them
    """Return the application of the web process."""
    return Flask(__name__)

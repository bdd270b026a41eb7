"""The page on which everybody begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.web.rendering import page

if TYPE_CHECKING:
    from flask import Response


def welcome() -> Response:
    """Show the ways in."""
    return page("start.html")

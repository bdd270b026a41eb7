"""Who of the own office asks unusually much, for whoever watches over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry import clock
from registry.audit import watching
from registry.db import Sessions
from registry.edge import guards
from registry.web.rendering import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response

    from registry.audit.watching import Asked


def listed() -> Response:
    """List officers whose questions look like fishing; that is a reason to ask them, and no finding."""
    limits = {"many": watching.MANY, "one_of": watching.ONE_OF, "refused": watching.REFUSED, "days": watching.BACK.days}
    return page("office/questions.html", asked=noticed(), limits=limits)


def noticed() -> Sequence[Asked]:
    """Return what is to be noticed by the officer who asks; nothing for who does not watch over others."""
    officer, agency, _ = guards.officer()
    if not officer.roles & guards.WATCH.roles:
        return ()
    with Sessions() as session:
        return watching.unusual(session, agency, now=clock.now())

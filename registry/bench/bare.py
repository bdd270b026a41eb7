"""The baseline of reading: the same server and pool, one SELECT by key, and the stored bytes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response
from sqlalchemy import text

from registry import config, db, logs
from registry.db import Statements
from registry.ops import web_server

if TYPE_CHECKING:
    from uuid import UUID

#: The documents, in the measured database; made by the benchmark as the owner.
TABLE = "CREATE TABLE bench_document (id uuid PRIMARY KEY, document jsonb NOT NULL)"
_SELECT = text("SELECT document::text FROM bench_document WHERE id = :id")


def app() -> Flask:
    """Return an application with one address: no session, no decision, no schema."""
    settings = config.load("web")
    bare = Flask(__name__, static_folder=None)
    db.configure(settings.database_url, pool_size=settings.web_threads)
    bare.add_url_rule("/<uuid:document>", view_func=_document)
    return bare


def _document(document: UUID) -> Response:
    with Statements() as connection:
        stored = connection.scalar(_SELECT, {"id": document})
    return Response(stored, mimetype="application/json")


def main() -> None:
    """Serve the baseline until a signal ends it."""
    logs.configure("bare")
    web_server.serve(config.load("web"), application="registry.bench.bare:app()")


if __name__ == "__main__":
    main()

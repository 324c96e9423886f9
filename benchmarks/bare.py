"""What pages are measured beside, on the product's own web server: `bare KIND HOST:PORT`.

`page`: a bare Flask page, and a bare Flask page that takes a form and commits one row. `stock`: the same form with the
same work, written the usual way (benchmarks/stock.py). `cached FILE`: a Flask view that has its bytes and headers in
memory, read from a file, and answers a known ETag with 304.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from flask import Flask, Response, redirect, request
from sqlalchemy.orm import Mapped, mapped_column

from benchmarks import stock
from feedbackloop.core.server import Server
from feedbackloop.extensions import Base, db

# As many bytes as the form has, so that none is helped by sending less.
PAGE = "<!doctype html><title>bare</title>" + "x" * 8000


class BareRow(Base):
    """One row, as a page with one commit writes it."""

    __tablename__ = "bare_rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    satisfied: Mapped[str] = mapped_column()
    comment: Mapped[str | None] = mapped_column()


def page() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    db.init_app(app)
    with app.app_context():
        db.metadata.tables["bare_rows"].create(db.engine, checkfirst=True)
        db.engine.dispose()

    @app.get("/bare")
    def bare() -> str:
        return PAGE

    @app.post("/bare")
    def commit() -> object:
        db.session.add(BareRow(satisfied=request.form["satisfied"], comment=request.form.get("comment")))
        db.session.commit()
        return redirect("/bare", 303)

    return app


def cached() -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    kept = json.loads(Path(sys.argv[3]).read_text())
    bodies = {path: (one["body"].encode(), one["headers"]) for path, one in kept.items()}

    def view() -> Response:
        body, headers = bodies[request.path]
        response = Response(body, headers=headers)
        response.make_conditional(request)
        return response

    for path in bodies:
        app.add_url_rule(path, path.strip("/"), view)
    return app


if __name__ == "__main__":
    kind, bind = sys.argv[1:3]
    processes = int(sys.argv[4]) if kind == "cached" else 1
    Server({"page": page, "stock": stock.make, "cached": cached}[kind](), bind, processes).run()

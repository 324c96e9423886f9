"""What the answer form is measured beside, on the product's own web server: `bare KIND HOST:PORT`.

`page`: a bare Flask page, and a bare Flask page that takes a form and commits one row. `stock`: the same form with the
same work, written the usual way (benchmarks/stock.py).
"""

from __future__ import annotations

import os
import sys

from flask import Flask, redirect, request
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


if __name__ == "__main__":
    kind, bind = sys.argv[1:]
    Server({"page": page, "stock": stock.make}[kind](), bind, 1).run()

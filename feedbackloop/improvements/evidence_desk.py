"""Evidence with an improvement: attached, read and taken away by those who may read what people complained about."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, request, send_file, url_for
from flask_babel import gettext as _

from feedbackloop.core import access, db, uploads, web
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.improvements import evidence
from feedbackloop.improvements.desk import WRITERS, detail_page, existing, staff
from feedbackloop.improvements.forms import EvidenceForm

_LARGEST_BODY = 16 * 1024 * 1024
# Evidence may show who complained: marketing sees none of it.
_READERS = ("quality", "handler")


@staff.post("/<int:improvement_id>/evidence")
@access.requires(*WRITERS)
@web.takes_files(_LARGEST_BODY)
def attach(improvement_id: int) -> Any:
    """Files, or a link with a title."""
    found = existing(improvement_id)
    form = EvidenceForm(request.form)
    form.files.take(request.files.getlist("files"))
    if not form.validate():
        return detail_page(found, evidence_form=form), 400
    try:
        with uploads.kept(form.files.data, evidence.keep, evidence.discard) as kept, db.transaction():
            if kept:
                evidence.add_files(improvement_id, kept, form.title.data, access.actor())
            if form.url.data:
                evidence.add_link(improvement_id, form.url.data, form.title.data or form.url.data, access.actor())
    except Conflict:
        form.form_errors.append(_("At most %(n)s files and links. Take one away first.", n=evidence.MOST))
        return detail_page(existing(improvement_id), evidence_form=form), 409
    flash(_("The evidence is attached."))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id, _anchor="evidence"), 303)


@staff.post("/<int:improvement_id>/evidence/<int:evidence_id>/remove")
@access.requires(*WRITERS)
def remove(improvement_id: int, evidence_id: int) -> Any:
    with db.transaction():
        evidence.remove(improvement_id, evidence_id, access.actor())
    flash(_("The evidence is taken away."))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id, _anchor="evidence"), 303)


@staff.get("/evidence/<int:evidence_id>")
@access.requires(*_READERS)
def evidence_file(evidence_id: int) -> Response:
    """A file: for downloading, never shown by us, whatever it claims to be."""
    found = evidence.by_id(evidence_id)
    place = evidence.path_of(found) if found else None
    if found is None or place is None:
        raise NotFound
    response = send_file(place, found.type, as_attachment=True, download_name=found.title, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response

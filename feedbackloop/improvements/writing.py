"""What staff write: a draft, a change, a status, a link to a complaint; and publishing it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import Conflict
from feedbackloop.core.fields import row_id
from feedbackloop.improvements import (
    desk,
    entries,
    gate,
    gate_view,
    linking,
    queries,
    rules,
    service,
    steps,
    telling_queries,
    tellings,
    versions,
    waiting,
    words,
)
from feedbackloop.improvements.desk import WRITERS, detail_page, existing, staff
from feedbackloop.improvements.forms import ImprovementForm, LinkForm, PublishForm
from feedbackloop.improvements.models import Improvement, ImprovementText
from feedbackloop.improvements.service import Changes, NewImprovement, PersonalDataFound
from feedbackloop.improvements.steps import Step


@staff.get("/new")
@access.requires(*WRITERS)
def new() -> str:
    """An empty form, or one that begins with complaints: ?complaints=1,2, or ?category=…&root_cause=…, or with a step
    that a person agreed to: ?step=1"""
    form = ImprovementForm(formdata=None)
    form.offer(None, desk.owners())
    ids = [row_id(one) for one in request.args.get("complaints", "").split(",")[: linking.MOST]]
    form.complaints.data = linking.numbers_of([one for one in ids if one])
    category, root_cause = request.args.get("category", ""), request.args.get("root_cause", "")
    form.alike_category.data, form.alike_root_cause.data = category, root_cause
    form.category.data = "" if category == queries.NOT_KNOWN else category
    # Whoever comes from a theme came to improve what its complaints are about.
    form.link_alike.data = bool(category or root_cause)
    step = steps.by_id(row_id(request.args.get("step")) or 0)
    if step is not None:
        _begin_with(form, step)
    return _write(form)


def _begin_with(form: ImprovementForm, step: Step) -> None:
    """Fills in what was agreed; nothing of it is public before somebody read it."""
    locale = step.locale if step.locale in settings().locales else settings().default_locale
    form.step.data, form.category.data = str(step.id), step.category
    form[f"we_did_{locale}"].data = step.text
    form.complaints.data = linking.numbers_of([step.complaint_id])


@staff.post("/new")
@access.requires(*WRITERS)
def create() -> Any:
    form = ImprovementForm()
    form.offer(None, desk.owners())
    if not form.validate():
        return _write(form), 400
    texts = {locale: one for locale, one in form.texts().items() if one}
    alike = queries.alike(form.alike_category.data, form.alike_root_cause.data) if form.link_alike.data else []
    made = NewImprovement(
        locale=_primary(settings().default_locale, texts),
        texts=texts,
        status=form.status.data,
        category=form.category.data,
        owner_id=form.owner_id(),
        owner_name=None if form.owner_id() else form.owner_name.data,
        target_on=form.target_on.data,
        complaint_ids={*form.found.ids, *alike},
        step_id=row_id(form.step.data),
    )
    try:
        with db.transaction():
            improvement_id = service.create(made, access.actor()).id
    except Conflict:
        form.form_errors.append(
            _("This step is the start of another improvement already, or it is not agreed any more.")
        )
        form.step.data = ""
        return _write(form), 409
    flash(_("The improvement is saved. Nobody outside sees it until you publish it."))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id), 303)


@staff.get("/<int:improvement_id>/edit")
@access.requires(*WRITERS)
def edit(improvement_id: int) -> str:
    """The words as they stand, or as they would become where a correction waits. ?status= chooses one beforehand."""
    found = existing(improvement_id)
    form = ImprovementForm(formdata=None)
    form.offer(found, desk.owners(found.owner_id))
    waits = waiting.of(improvement_id)
    form.show(found, waiting.texts_of(found, waits) if waits else gate.texts_of(found))
    for locale, text in waiting.changes_of(waits).notes.items() if waits else ():
        form[f"note_{locale}"].data = text
    asked = request.args.get("status")
    if asked in dict(form.status.choices or []):  # type: ignore[arg-type]
        form.status.data = asked
    return _write(form, found)


@staff.post("/<int:improvement_id>/edit")
@access.requires(*WRITERS)
def change(improvement_id: int) -> Any:
    """Saves. What the gate stops is kept only where a colleague is asked to look at it."""
    found = existing(improvement_id)
    form = ImprovementForm()
    form.offer(found, desk.owners(found.owner_id))
    if not form.validate():
        return _write(form, found), 400
    if form.seen.data and form.seen.data != str(found.version):
        form.form_errors.append(_("Somebody else changed it while you were writing. Look, and save again."))
        form.seen.data = str(found.version)
        return _write(form, found), 409
    changes = _changes(form, found)
    try:
        with db.transaction():
            service.update(improvement_id, changes, access.actor())
            waiting.settle(improvement_id)
    except PersonalDataFound as stopped:
        if not request.form.get("ask"):
            return _write(form, existing(improvement_id), stopped), 409
        with db.transaction():
            waiting.propose(improvement_id, changes, access.actor())
        flash(_("Your correction waits for a colleague. The public page stays as it is until then."))
    else:
        flash(_("The improvement is saved."))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id), 303)


def _changes(form: ImprovementForm, found: Improvement) -> Changes:
    texts = form.texts()
    return Changes(
        status=form.status.data,
        category=form.category.data,
        owner_id=form.owner_id(),
        owner_name=None if form.owner_id() else form.owner_name.data,
        target_on=form.target_on.data,
        locale=_primary(found.locale, {locale: one for locale, one in texts.items() if one}),
        texts=texts,
        notes=form.notes(),
    )


@staff.post("/preview")
@access.requires(*WRITERS)
def preview() -> Any:
    """The very page that would be published, from the words in the form; nothing is kept."""
    form = ImprovementForm()
    locale = settings().pick_locale(request.form.get("preview"))
    said, did = form[f"you_said_{locale}"].data or "", form[f"we_did_{locale}"].data or ""
    number = row_id(request.form.get("improvement"))
    shown = ImprovementText(locale=locale, you_said=said, we_did=did, reason=form[f"reason_{locale}"].data)
    status = form.status.data if form.status.data in rules.STATUSES else "planned"
    return _preview(queries.by_id(number) if number else None, shown, status, form.category.data)


@staff.get("/<int:improvement_id>/preview")
@access.requires(*WRITERS)
def preview_stored(improvement_id: int) -> Any:
    """The page as it would be with the words that are kept, or with ?waiting=1 with those that wait."""
    found = existing(improvement_id)
    waits = waiting.of(improvement_id) if request.args.get("waiting") else None
    texts = waiting.texts_of(found, waits) if waits else gate.texts_of(found)
    locale = rules.shown_language(settings().pick_locale(request.args.get("locale")), found.locale, texts)
    status = found.status if found.status in rules.STATUSES else "planned"
    return _preview(found, ImprovementText(locale=locale, **vars(texts[locale])), status, found.category)


def _preview(stored: Improvement | None, text: ImprovementText, status: str, category: str | None) -> str:
    shown = Improvement(
        id=0,
        slug=stored.slug if stored else "",
        status=status,
        category=category,
        locale=text.locale,
        news_at=stored.news_at if stored else None,
        published_at=stored.published_at if stored else None,
        updated_at=clock.now(),
    )
    people = queries.people_behind([stored.id]).get(stored.id, 0) if stored else 0
    with force_locale(text.locale):
        return render_template(
            "public/improvements/entry.html",
            entry=entries.entry(shown, text, people),
            steps=entries.steps(queries.history_of(stored.id)) if stored else [],
            corrections=[],
            preview=True,
        )


@staff.post("/<int:improvement_id>/publish")
@access.requires(*WRITERS)
def publish(improvement_id: int) -> Any:
    """Publishes; other words than the public read last need a note in each of their languages."""
    found = existing(improvement_id)
    form = PublishForm()
    if not form.validate() or (not found.public and not form.has_notes_in(versions.changed_languages(found))):
        return detail_page(found, publish_form=form), 400
    try:
        with db.transaction():
            before = _waiting(improvement_id)
            service.publish(improvement_id, access.actor(), form.notes())
            told = _waiting(improvement_id) - before
    except PersonalDataFound:
        flash(_("Not published: the words may tell who complained. Look at what was found below."), "error")
    except Conflict as refused:
        if refused.code != rules.IDEA:
            raise
        flash(_("An idea is not published. Say first what will be done: change the status."), "error")
    else:
        flash(_("The improvement is public now.") + " " + _mails_words(told))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id), 303)


@staff.post("/<int:improvement_id>/unpublish")
@access.requires(*WRITERS)
def unpublish(improvement_id: int) -> Any:
    with db.transaction():
        service.unpublish(improvement_id, access.actor())
    flash(_("The improvement is off the public page. Mails that were not sent yet are cancelled."))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id), 303)


@staff.post("/<int:improvement_id>/status")
@access.requires(*WRITERS)
def move(improvement_id: int) -> Any:
    status = request.form.get("status", "")
    if status not in rules.STAGES:
        raise Conflict
    if status == rules.NOT_POSSIBLE:
        # It needs a reason, which the public reads.
        return redirect(url_for("improvements_staff.edit", improvement_id=improvement_id, status=status), 303)
    with db.transaction():
        before = _waiting(improvement_id)
        service.update(improvement_id, Changes(status=status), access.actor())
        told = _waiting(improvement_id) - before
    flash(_("The status is ‘%(status)s’ now.", status=words.STAGES[status]) + " " + _mails_words(told))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id), 303)


@staff.post("/<int:improvement_id>/complaints")
@access.requires(*WRITERS)
def link(improvement_id: int) -> Any:
    found = existing(improvement_id)
    form = LinkForm()
    if not form.validate() or not form.found.ids:
        if not form.errors:
            form.complaints.errors = [_("Give the number of a complaint.")]
        return detail_page(found, link_form=form), 400
    try:
        with db.transaction():
            linked = service.link(improvement_id, form.found.ids, access.actor())
    except PersonalDataFound:
        form.complaints.errors = [
            _("The public words hold something that tells who made one of these complaints. Change them first.")
        ]
        return detail_page(existing(improvement_id), link_form=form), 409
    flash(ngettext("%(num)s complaint is linked.", "%(num)s complaints are linked.", len(linked)))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id, _anchor="complaints"), 303)


@staff.post("/<int:improvement_id>/complaints/<int:complaint_id>/unlink")
@access.requires(*WRITERS)
def unlink(improvement_id: int, complaint_id: int) -> Any:
    with db.transaction():
        service.unlink(improvement_id, [complaint_id], access.actor())
    flash(_("The complaint is not linked any more."))
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id, _anchor="complaints"), 303)


def _write(form: ImprovementForm, found: Improvement | None = None, stopped: PersonalDataFound | None = None) -> str:
    alike = 0
    if found is None:
        alike = len(queries.alike(form.alike_category.data, form.alike_root_cause.data))
    judged = None
    if stopped is not None and found is not None:
        texts = {locale: one for locale, one in form.texts().items() if one}
        fields = gate_view.fields_of(texts, form.notes(), form.category.data)
        judged = gate_view.stopped(found, stopped.judged, fields, {access.actor()})
    return render_template(
        "staff/improvements/form.html",
        form=form,
        improvement=found,
        alike=alike,
        not_known=queries.NOT_KNOWN,
        languages=[(one, words.LANGUAGES[one]) for one in settings().locales],
        stopped=judged,
        found_words=words.FOUND,
        not_told=words.not_told,
        done=tellings.forecast(found.id, rules.DONE) if found and found.public else None,
    )


def _primary(before: str, texts: Any) -> str:
    return before if before in texts else next(iter(texts), before)


def _mails_words(people: int) -> str:
    if not people:
        return _("Nobody is mailed.")
    return ngettext("%(num)s person gets a mail.", "%(num)s people get a mail.", people)


def _waiting(improvement_id: int) -> int:
    return telling_queries.results([improvement_id])[improvement_id].scheduled

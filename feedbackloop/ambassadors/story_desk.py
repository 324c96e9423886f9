"""One story as staff see it: its words, what its person said, and what can be done with it. And the snippet."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import stories, story_embed, story_gate
from feedbackloop.ambassadors import story_entries as entries
from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors import story_rules as rules
from feedbackloop.ambassadors import story_words as words
from feedbackloop.ambassadors.story_forms import PublishForm, QuoteForm, WriteForm
from feedbackloop.ambassadors.story_models import Story
from feedbackloop.ambassadors.story_rules import QUOTE
from feedbackloop.ambassadors.story_sharing import card
from feedbackloop.ambassadors.story_staff import READERS, WRITERS, may_write, staff
from feedbackloop.core import access, db, picture
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.staff import queries as colleagues

# Its page puts itself beside these.
__all__ = ["staff", "story_embed"]


@staff.get("/<int:story_id>")
@access.requires(*READERS)
def detail(story_id: int) -> str:
    """One story, and its life."""
    return _detail(_existing(story_id))


def _existing(story_id: int) -> Story:
    found = queries.by_id(story_id)
    if found is None:
        raise NotFound
    return found


def is_shown(story: Story) -> bool:
    """Whether staff may read its words: what a person took back, nobody reads any more."""
    return story.text is not None and (story.status != "withdrawn" or story.reason == "set_aside")


def _detail(story: Story, form: PublishForm | None = None) -> str:
    shown = is_shown(story)
    history = queries.history_of(story.id)
    actors = {int(row.actor[6:]) for row in history if row.actor.startswith("staff:")}
    names = colleagues.names(sorted(actors))
    entry = entries.entries([story])[0]
    last = story.versions[-1]
    return render_template(
        "staff/stories/detail.html",
        story=story,
        entry=entry,
        last=last,
        shown=shown,
        plain=entries.plain(entry),
        html=entries.snippet(entry),
        findings=story_gate.findings(story) if shown and story.status in ("draft", "agreed") else [],
        publish_form=form or PublishForm(formdata=None),
        may_publish=stories.may_publish(story),
        may_ask=stories.may_ask(story),
        may_edit=rules.may_edit(story.status, story.reason),
        settles=stories.agreed_already(story) if story.status == "draft" else None,
        under_way=story.status == "asked" and not stories.is_expired(last),
        still_said=queries.is_still_said(story),
        card_id=queries.ambassador_of(story.customer_id),
        history=history,
        names={f"staff:{one}": name for one, name in names.items()},
        words=words,
        may_write=may_write(),
    )


@staff.route("/<int:story_id>/edit", methods=["GET", "POST"])
@access.requires(*WRITERS)
def edit(story_id: int) -> Any:
    """Other words; what was agreed to before counts for them no more."""
    story = _existing(story_id)
    may = rules.may_edit(story.status, story.reason)
    if not may:
        raise Conflict(words.refused(may.reason))
    kind = QuoteForm if story.kind == QUOTE else WriteForm
    stored = {"version": story.version, "title": story.title, "text": story.text}
    form = kind() if request.method == "POST" else kind(formdata=None, data=stored)
    if request.method == "POST" and form.validate():
        try:
            with db.transaction():
                stories.edit(story_id, form.seen(), form.words(), access.actor())
        except stories.NotTheirWords:
            form.text.errors = [
                _("A quote is what its person wrote. Put … where you leave words out; change nothing else.")
            ]
        except Conflict as refused:
            if refused.code != "changed":
                raise
            form.form_errors.append(_("Somebody changed this text while you wrote. Look at it, and write again."))
            return _edit_page(_existing(story_id), form), 409
        else:
            flash(_("Saved."))
            return _back(story_id)
    return _edit_page(story, form), 400 if request.method == "POST" else 200


def _edit_page(story: Story, form: WriteForm) -> str:
    source = queries.source_of(story) if story.kind == QUOTE else None
    return render_template("staff/stories/edit.html", story=story, form=form, source=source, words=words)


@staff.post("/<int:story_id>/ask")
@access.requires(*WRITERS)
def ask(story_id: int) -> Any:
    """Shows it to its person, by mail."""
    with db.transaction():
        asked = stories.ask(story_id, access.actor())
    if asked:
        flash(_("The person gets an e-mail with a link to the text. What they say appears here."))
    else:
        flash(_("Not asked: %(reason)s.", reason=words.refused(asked.reason)), "warning")
    return _back(story_id)


@staff.post("/<int:story_id>/settle")
@access.requires(*WRITERS)
def settle(story_id: int) -> Any:
    """Makes it ready, where nobody has to agree."""
    with db.transaction():
        stories.settle(story_id, access.actor())
    flash(_("It is ready to be published."))
    return _back(story_id)


@staff.post("/<int:story_id>/words")
@access.requires(*WRITERS)
def decide(story_id: int) -> Any:
    """Takes the words that the person would rather have, or leaves ours a draft."""
    take = request.form.get("decision") == "take"
    with db.transaction():
        stories.take_words(story_id, row_id(request.form.get("version")) or 0, take, access.actor())
    flash(_("Their words stand there now, as they wrote them.") if take else _("Kept. The text is still a draft."))
    return _back(story_id)


@staff.post("/<int:story_id>/publish")
@access.requires(*WRITERS)
def publish(story_id: int) -> Any:
    """Shows it to the public; what could tell who it is about is looked at first."""
    story, form = _existing(story_id), PublishForm()
    kinds = [one.kind for one in story_gate.findings(story)] if is_shown(story) else []
    may = stories.may_publish(story)
    if not may:
        flash(_("Not published: %(reason)s.", reason=words.refused(may.reason)), "warning")
        return _back(story_id)
    if kinds and not form.looked.data:
        form.looked.errors = [_("Look at what was found, and say so.")]
        return _detail(story, form), 400
    with db.transaction():
        stories.publish(story_id, access.actor(), kinds)
    flash(_("It is public now, and says that you chose it."))
    return _back(story_id)


@staff.post("/<int:story_id>/off")
@access.requires(*WRITERS)
def take_off(story_id: int) -> Any:
    with db.transaction():
        stories.take_off(story_id, access.actor())
    flash(_("It is off every page within a few seconds. You can put it back."))
    return _back(story_id)


@staff.post("/<int:story_id>/aside")
@access.requires(*WRITERS)
def set_aside(story_id: int) -> Any:
    with db.transaction():
        stories.set_aside(story_id, access.actor())
    flash(_("Set aside. Nobody is asked and nothing is shown."))
    return _back(story_id)


@staff.get("/<int:story_id>/picture.png")
@access.requires(*READERS)
def preview(story_id: int) -> Any:
    """The picture as it is or would be, to look at and to save."""
    story = _existing(story_id)
    if not is_shown(story):
        raise NotFound
    made = picture.said_png(card(entries.entries([story])[0]))
    headers = {"Content-Type": "image/png", "Content-Disposition": f'inline; filename="{story.slug}.png"'}
    return made, 200, headers


def _back(story_id: int) -> Any:
    return redirect(url_for("stories_staff.detail", story_id=story_id), 303)

"""What the pages of improvements take."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, Optional, ValidationError

from feedbackloop.config import settings
from feedbackloop.core.fields import Clean, PageForm, row_id
from feedbackloop.core.uploads import Files
from feedbackloop.improvements import evidence, gate, linking, rules, words
from feedbackloop.improvements.models import Improvement
from feedbackloop.improvements.rules import Words

_YOU_SAID = Clean(rules.YOU_SAID_LIMIT, lines=True)
_WE_DID = Clean(rules.WE_DID_LIMIT, lines=True)
_REASON = Clean(rules.REASON_LIMIT, lines=True)
_NOTE = Clean(rules.NOTE_LIMIT)


class HelpsForm(PageForm):
    """One required choice, which nothing makes beforehand. The link is the key, so there is no CSRF token."""

    class Meta:
        csrf = False

    helps = RadioField(
        _l("Does this help?"),
        [AnyOf(rules.HELPS, _l("Choose one of the two answers."))],
        choices=[],
        validate_choice=False,
    )
    comment = TextAreaField(_l("What is still missing? (optional)"), [Clean(rules.COMMENT_LIMIT, lines=True)])


class PublishForm(PageForm):
    """Publishing again: what changed since the public last read it, in each of `languages`."""

    note_nl = StringField(_l("What you changed"), [_NOTE])
    note_en = StringField(_l("What you changed"), [_NOTE])

    def notes(self) -> Mapping[str, str]:
        return {locale: text for locale in settings().locales if (text := self[f"note_{locale}"].data)}

    def has_notes_in(self, languages: Collection[str]) -> bool:
        """Whether each of these languages has one; where not, the form says so."""
        for locale in languages:
            if not self[f"note_{locale}"].data and not self[f"note_{locale}"].errors:
                self[f"note_{locale}"].errors = [_("Say in short what you changed. Everybody can read it.")]
        return not self.errors


class LinkForm(PageForm):
    complaints = TextAreaField(_l("Numbers of complaints"), [Clean(20_000, lines=True)])

    def validate_complaints(self, field: Any) -> None:
        found = linking.find(field.data or "")
        self.found = found
        if not found.clear:
            raise ValidationError(unclear(found))


class EvidenceForm(FlaskForm):
    """Files, or a link with a title."""

    files = Files(evidence.MOST_AT_ONCE, _l("Files"))
    url = StringField(_l("Or a link"), [Clean(evidence.URL_LIMIT)])
    title = StringField(_l("What it shows"), [Clean(evidence.TITLE_LIMIT)])

    def validate_url(self, field: Any) -> None:
        if field.data and not is_web_address(field.data):
            raise ValidationError(_("Give a whole web address, such as https://www.example.com/page."))

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if bool(self.files.data) == bool(self.url.data):
            self.files.errors = [_("Choose files or give a link, one of the two.")]
        elif self.url.data and not self.title.data:
            self.title.errors = [_("Say what it shows.")]
        return not self.errors


class ImprovementForm(PublishForm, LinkForm):
    """Both languages side by side; one of them is enough."""

    you_said_nl = TextAreaField(_l("You said"), [_YOU_SAID])
    we_did_nl = TextAreaField(_l("We did"), [_WE_DID])
    you_said_en = TextAreaField(_l("You said"), [_YOU_SAID])
    we_did_en = TextAreaField(_l("We did"), [_WE_DID])
    reason_nl = TextAreaField(_l("Why it is not possible"), [_REASON])
    reason_en = TextAreaField(_l("Why it is not possible"), [_REASON])
    status = SelectField(_l("Status"), default="planned")
    category = StringField(_l("Category"), [Clean(rules.CATEGORY_LIMIT)])
    owner = SelectField(_l("Owner"), validate_choice=False)
    owner_name = StringField(_l("Or somebody without an account"), [Clean(rules.OWNER_LIMIT)])
    target_on = DateField(_l("Target date"), [Optional()])
    link_alike = BooleanField()
    alike_category = HiddenField()
    alike_root_cause = HiddenField()
    step = HiddenField()
    seen = HiddenField()

    def offer(self, improvement: Improvement | None, owners: Sequence[tuple[int, str]]) -> None:
        """Sets what there is to choose from: owners, and the statuses where the improvement may go from here."""
        allowed: tuple[str, ...] = rules.STAGES
        if improvement is not None:
            others = rules.reachable(improvement.status, improvement.public)
            allowed = tuple(one for one in rules.STAGES if one == improvement.status or one in others)
        self.status.choices = [(one, words.STAGES[one]) for one in allowed]
        self.owners = {str(number) for number, _name in owners}
        self.owner.choices = [("", _("Nobody yet")), *((str(number), name) for number, name in owners)]
        # What the public reads now: other words need a note.
        self.public_texts = gate.texts_of(improvement) if improvement is not None and improvement.public else {}

    def show(self, improvement: Improvement, texts: Mapping[str, Words]) -> None:
        """Fills in the improvement as it is, with these words."""
        for locale, one in texts.items():
            if f"you_said_{locale}" in self:
                for name, text in vars(one).items():
                    self[f"{name}_{locale}"].data = text
        for name in ("status", "category", "owner_name", "target_on"):
            self[name].data = getattr(improvement, name)
        self.owner.data = str(improvement.owner_id or "")
        self.seen.data = str(improvement.version)

    def texts(self) -> Mapping[str, Words | None]:
        """The words by language; None where a language was left empty."""
        found: dict[str, Words | None] = {}
        for locale in settings().locales:
            said, did = self[f"you_said_{locale}"].data, self[f"we_did_{locale}"].data
            found[locale] = Words(said, did, self[f"reason_{locale}"].data) if said and did else None
        return found

    def owner_id(self) -> int | None:
        """Who was chosen; None for nobody, and for what is not offered."""
        return row_id(self.owner.data) if self.owner.data in self.owners else None

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        for locale in settings().locales:
            said, did = self[f"you_said_{locale}"], self[f"we_did_{locale}"]
            if bool(said.data) != bool(did.data):
                empty = did if said.data else said
                empty.errors = [_("Fill in both, or leave both empty.")]
        texts = {locale: one for locale, one in self.texts().items() if one}
        if not texts and not self.errors:
            first = self[f"you_said_{settings().default_locale}"]
            first.errors = [_("Write what people said and what you did, in one language at least.")]
        for locale in texts if self.status.data == rules.NOT_POSSIBLE else ():
            if not self[f"reason_{locale}"].data:
                self[f"reason_{locale}"].errors = [_("Say why it is not possible. Everybody can read it.")]
        changed = [locale for locale in texts if self.public_texts and texts[locale] != self.public_texts.get(locale)]
        return self.has_notes_in(changed) and not self.errors


def unclear(found: linking.Found) -> str:
    """What is wrong with the numbers, in a sentence."""
    if found.unknown:
        return _("There is no complaint with the number %(numbers)s.", numbers=", ".join(found.unknown[:10]))
    number, ways = next(iter(found.several.items()))
    return _(
        "%(number)s is the number of several complaints. Write %(ways)s.", number=number, ways=_(" or ").join(ways)
    )


def is_web_address(text: str) -> bool:
    """Whether it leads to a page on the web, and nowhere else."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(one.isspace() for one in text)

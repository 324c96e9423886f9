"""What the pages of improvements take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, Optional, ValidationError

from feedbackloop.config import settings
from feedbackloop.core import brand
from feedbackloop.core.fields import Clean
from feedbackloop.improvements import linking, rules, words
from feedbackloop.improvements.models import Improvement
from feedbackloop.improvements.service import Words

LANGUAGE_NAMES = {"nl": "Nederlands", "en": "English"}
_YOU_SAID = Clean(rules.YOU_SAID_LIMIT, lines=True)
_WE_DID = Clean(rules.WE_DID_LIMIT, lines=True)


class HelpsForm(FlaskForm):
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


class OverruleForm(FlaskForm):
    """Publishing, with or without the tick under what the gate found."""

    overrule = BooleanField(_l("Publish it all the same. This is kept with your name."))


class LinkForm(FlaskForm):
    complaints = TextAreaField(_l("Numbers of complaints"), [Clean(20_000, lines=True)])

    def validate_complaints(self, field: Any) -> None:
        found = linking.find(field.data or "")
        self.found = found
        if not found.clear:
            raise ValidationError(unclear(found))


class ImprovementForm(LinkForm):
    """Both languages side by side; one of them is enough."""

    you_said_nl = TextAreaField(_l("You said"), [_YOU_SAID])
    we_did_nl = TextAreaField(_l("We did"), [_WE_DID])
    you_said_en = TextAreaField(_l("You said"), [_YOU_SAID])
    we_did_en = TextAreaField(_l("We did"), [_WE_DID])
    status = SelectField(_l("Status"))
    category = StringField(_l("Category"), [Clean(rules.CATEGORY_LIMIT)])
    owner_name = StringField(_l("Owner"), [Clean(200)])
    target_on = DateField(_l("Target date"), [Optional()])
    link_alike = BooleanField()
    alike_category = HiddenField()
    alike_root_cause = HiddenField()
    step = HiddenField()
    overrule = BooleanField(_l("Publish it all the same. This is kept with your name."))

    def offer(self, improvement: Improvement | None) -> None:
        """Sets the statuses to choose from: where the improvement may go from here."""
        allowed: tuple[str, ...] = rules.STATUSES
        if improvement is not None:
            others = rules.reachable(improvement.status, improvement.public)
            allowed = tuple(one for one in rules.STATUSES if one == improvement.status or one in others)
        self.status.choices = [(one, words.STATUSES[one]) for one in allowed]

    def show(self, improvement: Improvement) -> None:
        for text in improvement.texts:
            if f"you_said_{text.locale}" in self:
                self[f"you_said_{text.locale}"].data = text.you_said
                self[f"we_did_{text.locale}"].data = text.we_did
        for name in ("status", "category", "owner_name", "target_on"):
            self[name].data = getattr(improvement, name)

    def texts(self) -> Mapping[str, Words | None]:
        """The words by language; None where a language was left empty."""
        found: dict[str, Words | None] = {}
        for locale in settings().locales:
            said, did = self[f"you_said_{locale}"].data, self[f"we_did_{locale}"].data
            found[locale] = Words(said, did) if said and did else None
        return found

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        for locale in settings().locales:
            said, did = self[f"you_said_{locale}"], self[f"we_did_{locale}"]
            if bool(said.data) != bool(did.data):
                empty = did if said.data else said
                empty.errors = [_("Fill in both, or leave both empty.")]
        if not any(self.texts().values()) and not self.errors:
            first = self[f"you_said_{settings().default_locale}"]
            first.errors = [_("Write what people said and what you did, in one language at least.")]
        return not self.errors


class SnippetForm(FlaskForm):
    """How the embed is to look; asked by GET, because nothing is kept."""

    class Meta:
        csrf = False

    locale = SelectField(_l("Language"), default="")
    limit = SelectField(_l("How many"), choices=[("3", "3"), ("5", "5"), ("10", "10"), ("20", "20")], default="5")
    category = SelectField(_l("Category"), default="")
    theme = SelectField(_l("Colours"), default="auto")
    accent = StringField(_l("Accent colour"), [Clean(7)])
    mode = SelectField(_l("Way"), default="frame")

    def validate_accent(self, field: Any) -> None:
        try:
            field.data = brand.parse(field.data) if field.data else None
        except ValueError:
            raise ValidationError(_("This is no colour. It looks like #a8571b.")) from None

    def offer(self, categories: list[str]) -> None:
        languages = [(one, LANGUAGE_NAMES[one]) for one in settings().locales]
        self.locale.choices = [("", _("As the visitor’s browser")), *languages]
        self.category.choices = [("", _("All")), *((one, one) for one in categories)]
        self.theme.choices = [("auto", _("As the page around it")), ("light", _("Light")), ("dark", _("Dark"))]
        self.mode.choices = [("frame", _("A frame")), ("inline", _("Drawn in the page itself"))]


def unclear(found: linking.Found) -> str:
    """What is wrong with the numbers, in a sentence."""
    if found.unknown:
        return _("There is no complaint with the number %(numbers)s.", numbers=", ".join(found.unknown[:10]))
    number, ways = next(iter(found.several.items()))
    return _(
        "%(number)s is the number of several complaints. Write %(ways)s.", number=number, ways=_(" or ").join(ways)
    )

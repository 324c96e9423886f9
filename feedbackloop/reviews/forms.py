"""What the pages of reviews take. A field sent twice counts with its first value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, NumberRange, StopValidation

from feedbackloop.config import settings
from feedbackloop.core.fields import Clean, PageForm
from feedbackloop.reviews import rules, texts
from feedbackloop.reviews.destinations import DestinationInput
from feedbackloop.reviews.models import Destination, Review
from feedbackloop.reviews.writing import ReviewText, destination_key

RATINGS = ("1", "2", "3", "4", "5")
LANGUAGES = {"nl": "Nederlands", "en": "English"}
REFUSAL_WORDS = {
    "unlawful": _l("It is against the law: a threat, an insult, hatred"),
    "personal_data": _l("It names or describes a private person"),
    "not_about_us": _l("It is not about us"),
}
AUDIENCE_WORDS = {
    "satisfied": _l("Only people who say that their complaint is solved"),
    "everyone": _l("Everybody whose complaint is closed, whatever they answered"),
}
_CHOOSE = _l("Choose where you want to write something.")
_RATE = _l("Choose a figure from 1 to 5.")


class InvitationForm(PageForm):
    """A place, and for the own page the review itself. The link is the key, so there is no CSRF token."""

    class Meta:
        csrf = False

    destination = RadioField(
        _l("Where do you want to write something?"), [InputRequired(_CHOOSE)], validate_choice=False
    )
    rating = RadioField(
        _l("Which figure do you give us?"), choices=[(one, one) for one in RATINGS], validate_choice=False
    )
    title = StringField(_l("Title"), [Clean(120)])
    text = TextAreaField(_l("Your story"), [Clean(4000, lines=True)])
    display_name = StringField(
        _l("Which name do we put with it?"), [Clean(80)], render_kw={"autocomplete": "given-name"}
    )

    before: int | None = None
    """The figure that was given before, which stays where no other one is chosen."""

    def offer(self, offered: Sequence[Destination], words: Sequence[str]) -> None:
        """Sets the places to choose from."""
        keys = [destination_key(one) for one in offered]
        self.destination.choices = list(zip(keys, words, strict=True))

    def validate_destination(self, field: Any) -> None:
        if field.data not in [key for key, _words in field.choices]:
            raise StopValidation(str(_CHOOSE))

    def validate_rating(self, field: Any) -> None:
        if self.destination.data != "own":
            return
        if not field.data and self.before is not None:
            field.data = str(self.before)
        if field.data not in RATINGS:
            raise StopValidation(str(_RATE))

    def show(self, review: Review) -> None:
        """Fills in what was written before; place and figure stay open, so that a machine's press changes nothing."""
        self.title.data, self.text.data, self.display_name.data = review.title, review.text, review.display_name

    def review(self, locale: str) -> ReviewText:
        """The review, once `validate` said yes to it."""
        return ReviewText(
            rating=int(self.rating.data),
            title=self.title.data,
            text=self.text.data,
            display_name=self.display_name.data,
            locale=locale,
        )


class WithdrawalForm(PageForm):
    """Taking a review back. The box is not ticked beforehand, so that a machine's press changes nothing."""

    class Meta:
        csrf = False

    sure = BooleanField(
        _l("Yes, take my review away"), [InputRequired(_l("Tick the box if you want to take your review away."))]
    )


class PublishForm(PageForm):
    """`version` is of the text that was on the screen."""

    version = HiddenField(validators=[InputRequired()])


class RefusalForm(PublishForm):
    reason = RadioField(
        _l("Why is it not shown?"),
        [AnyOf(rules.REFUSALS, _l("Choose one of these reasons."))],
        choices=list(REFUSAL_WORDS.items()),
        validate_choice=False,
    )


class ReplyForm(PublishForm):
    """What the organisation says under a review. Empty takes it away."""

    reply = TextAreaField(_l("Our reply, for everybody to read"), [Clean(2000, lines=True)])


def _position() -> IntegerField:
    return IntegerField(
        _l("Place in the list"),
        [InputRequired(_l("Give a number.")), NumberRange(0, 999, _l("Give a number from 0 to 999."))],
        default=10,
        render_kw={"class": "short"},
    )


def _audience() -> RadioField:
    return RadioField(
        _l("Whom it asks"),
        [AnyOf(rules.AUDIENCES, _l("Choose whom it asks."))],
        choices=list(AUDIENCE_WORDS.items()),
        validate_choice=False,
    )


class OwnPageForm(PageForm):
    audience = _audience()
    position = _position()
    active = BooleanField(_l("Offer our own page"))


class DestinationForm(PageForm):
    """Another site."""

    name = StringField(_l("Name"), [InputRequired(_l("Give it a name.")), Clean(100)])
    link = StringField(
        _l("Link"),
        [InputRequired(_l("Give the link."))],
        render_kw={"inputmode": "url", "maxlength": rules.LONGEST_LINK, "autocomplete": "off"},
    )
    platform = SelectField(_l("Site"))
    audience = _audience()
    locale = SelectField(_l("Offer it to"))
    position = _position()
    active = BooleanField(_l("Offer it from now on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = [(one, _("Who reads %(language)s", language=LANGUAGES[one])) for one in settings().locales]
        self.locale.choices = [("", _("Everybody")), *languages]
        named = [(code, rules.BY_CODE[code].name) for code in rules.CHOICES if code in rules.BY_CODE]
        self.platform.choices = [(rules.OTHER, _("As the link shows, or another site")), *named]

    def given(self) -> DestinationInput:
        """The place, once every field was read."""
        return DestinationInput(
            name=self.name.data or "",
            link=(self.link.data or "").strip(),
            audience=self.audience.data or "",
            platform=self.platform.data or rules.OTHER,
            locale=self.locale.data or None,
            active=bool(self.active.data),
            position=self.position.data or 0,
        )

    def validate_name(self, field: Any) -> None:
        steers = texts.steering(field.data or "")
        if steers:
            raise StopValidation(_("‘%(words)s’ steers people. Give only the name of the site.", words=steers[0].words))

    def validate_link(self, field: Any) -> None:
        field.data = (field.data or "").strip()
        problem = rules.place_problem(field.data, self.platform.data or rules.OTHER, self.audience.data or "everyone")
        if problem is not None and problem.code != "satisfied":
            raise StopValidation(link_words(problem))

    def validate_audience(self, field: Any) -> None:
        link, platform = (self.link.data or "").strip(), self.platform.data or rules.OTHER
        problem = rules.place_problem(link, platform, field.data)
        if problem is not None and problem.code == "satisfied":
            raise StopValidation(link_words(problem))


def link_words(problem: rules.LinkProblem) -> str:
    """Why a place may not be offered, in a sentence for staff."""
    if problem.code == "satisfied":
        return _(
            "%(platform)s forbids asking only people who are satisfied. Choose ‘everybody whose complaint is closed’.",
            platform=problem.platform,
        )
    if problem.code == "asking":
        return _("%(platform)s forbids asking people for a review at all.", platform=problem.platform)
    if problem.code == "other_platform":
        return _("This link leads to %(platform)s. Choose that site, or give another link.", platform=problem.platform)
    return {
        "not_https": _("Give a link that begins with https://."),
        "credentials": _("Leave the name and the password out of the link."),
    }.get(problem.code, _("This is not a link that a browser can open."))


def rule_words(platform: rules.Platform) -> str:
    """What the rule of a site means for whom one may ask, for staff."""
    if platform.forbids == "asking":
        return _("Nobody may be asked for a review. It cannot be chosen.")
    if platform.forbids == "satisfied":
        return _("Who asks must ask everybody: not only people who are satisfied. No reward.")
    return _("No rewards and no misleading. It does not say whom one may ask; asking everybody is always right.")

"""What staff fill in about a complaint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, EmailField, Field, Form, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional, StopValidation

from feedbackloop.complaints import promise_guard, values, words
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.values import LIMITS
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.fields import Clean, PageForm

LANGUAGE_NAMES = {"nl": "Nederlands", "en": "English"}
_YES, _NO, _NOT_KNOWN = "yes", "no", ""
OUTCOME = ("resolution", "root_cause", "fault", "apology_given", "prevention", "rule")


class _Address:
    """A validator: an address that can be mailed, or nothing."""

    def __call__(self, _form: Form, field: Field) -> None:
        try:
            field.data = values.clean_address(field.data or "")
        except ValueError:
            raise StopValidation(_l("This is no e-mail address. It looks like name@example.org.")) from None


def _line(label: Any, field: str, *more: Any, **render: Any) -> StringField:
    return StringField(label, validators=[*more, Clean(LIMITS[field])], render_kw={"autocomplete": "off", **render})


def _text(label: Any, field: str, rows: int, *more: Any) -> TextAreaField:
    return TextAreaField(label, validators=[*more, Clean(LIMITS[field], lines=True)], render_kw={"rows": rows})


def _flag(text: str) -> bool | None:
    return {_YES: True, _NO: False}.get(text)


class OutcomeFields(PageForm):
    """How it was resolved, and what may be learned from it."""

    resolution = _text(_l("What was done"), "resolution", 4)
    root_cause = _line(_l("Root cause"), "root_cause", list="root-causes")
    fault = RadioField(
        _l("Whose fault"), choices=[*words.FAULTS.items(), (_NOT_KNOWN, _l("Not known"))], default=_NOT_KNOWN
    )
    apology_given = RadioField(
        _l("Apology given"), choices=[(_YES, _l("Yes")), (_NO, _l("No")), (_NOT_KNOWN, _l("Not known"))], default=""
    )
    prevention = _text(_l("What was promised, so that it does not happen again"), "prevention", 2)
    rule = _line(_l("Rule of ours that was in the way"), "rule")

    def show_outcome(self, complaint: Complaint) -> None:
        """Fills in what the complaint holds of this."""
        for name in ("resolution", "root_cause", "prevention", "rule"):
            self[name].data = getattr(complaint, name)
        self.fault.data = complaint.fault or _NOT_KNOWN
        self.apology_given.data = {True: _YES, False: _NO}.get(complaint.apology_given, _NOT_KNOWN)  # type: ignore[arg-type]

    def validate(self, extra_validators: Any = None) -> bool:
        """As every form, and no promise without what it rests on: see complaints.promise_guard."""
        if not super().validate(extra_validators):
            return False
        found = self.promised_in_vain()
        if found is not None:
            self[found.field].errors = [words.unfounded(found.missing)]
        return found is None

    def promised_in_vain(self) -> promise_guard.Unfounded | None:
        texts = {name: self[name].data for name in ("resolution", "prevention")}
        return promise_guard.unfounded(texts, self.root_cause.data, self.prevention.data)

    def outcome(self) -> dict[str, Any]:
        """The values as the service takes them."""
        found: dict[str, Any] = {name: self[name].data for name in OUTCOME}
        found["fault"] = found["fault"] or None
        found["apology_given"] = _flag(found["apology_given"] or "")
        return found


class ResolveForm(OutcomeFields):
    """A resolution. What was done goes to the customer, so it cannot be left out."""

    resolution = _text(
        _l("What was done, in words that the customer reads"),
        "resolution",
        4,
        DataRequired(_l("Write what was done. The customer reads it in the check-in.")),
    )
    summary = _line(_l("What the customer said, in one sentence"), "summary")

    def show(self, complaint: Complaint) -> None:
        """Fills in what is known, but not what was done before: that did not help."""
        self.show_outcome(complaint)
        self.summary.data, self.resolution.data = complaint.summary, None


class ComplaintForm(OutcomeFields):
    """A complaint, new or to be corrected. `seen` is the version that was on the screen."""

    subject = _line(_l("What it is about"), "subject", DataRequired(_l("Write in a few words what it is about.")))
    description = _text(_l("What the customer said"), "description", 5)
    summary = _line(_l("The same in one sentence; the check-in opens with it"), "summary")
    category = _line(_l("Category"), "category", list="categories")
    channel = _line(_l("How it came in"), "channel", list="channels")
    opened_on = DateField(_l("Day of the complaint"), validators=[DataRequired(_l("Choose a day."))])
    customer_name = _line(_l("Name"), "name")
    customer_email = EmailField(_l("E-mail address"), validators=[_Address()], render_kw={"autocomplete": "off"})
    customer_phone = _line(_l("Telephone number"), "phone", inputmode="tel")
    customer_locale = SelectField(_l("Language"), validators=[Optional()])
    handler = SelectField(_l("Handler"), validators=[Optional()])
    seen = HiddenField()

    def offer(self, handlers: Sequence[tuple[str, str]], complaint: Complaint | None) -> None:
        """Sets what can be chosen: colleagues as (address, name), and what the complaint has already."""
        self._before = complaint
        choices = dict(handlers)
        locales = {locale: LANGUAGE_NAMES.get(locale, locale) for locale in settings().locales}
        if complaint is not None and complaint.handler_email:
            choices.setdefault(complaint.handler_email, complaint.handler_name or complaint.handler_email)
        customer = complaint.customer if complaint is not None else None
        if customer is not None and customer.locale:
            locales.setdefault(customer.locale, customer.locale)
        self.handler.choices = [("", _l("Nobody yet")), *choices.items()]
        self.customer_locale.choices = [("", _l("Not known")), *locales.items()]

    def promised_in_vain(self) -> promise_guard.Unfounded | None:
        """Only of words that are new: what a source promised long ago does not stop another correction."""
        before = self._before
        if before is None or not before.cycle:
            return None
        told = ("resolution", "prevention", "root_cause")
        changed = any((self[name].data or None) != (getattr(before, name) or None) for name in told)
        return super().promised_in_vain() if changed else None

    def validate_opened_on(self, field: Field) -> None:
        today = clock.now().astimezone(settings().timezone).date()
        if field.data is not None and not date(1900, 1, 1) <= field.data <= today:
            raise StopValidation(_l("Choose a day up to today."))

    def show(self, complaint: Complaint) -> None:
        """Fills in what the complaint holds."""
        for name in ("subject", "description", "summary", "category", "channel"):
            self[name].data = getattr(complaint, name)
        self.show_outcome(complaint)
        self.opened_on.data = local_day(complaint.opened_at)
        customer = complaint.customer
        if customer is not None:
            self.customer_name.data, self.customer_email.data = customer.name, customer.email
            self.customer_phone.data, self.customer_locale.data = customer.phone, customer.locale or ""
        self.handler.data = complaint.handler_email or ""
        self.seen.data = version(complaint)


class CrisisForm(PageForm):
    """Why a case is a crisis. Nothing is chosen beforehand."""

    crisis = RadioField(
        _l("Why is the customer called, and not mailed?"),
        choices=list(words.CRISES.items()),
        validators=[DataRequired(_l("Choose why."))],
    )


class TakeBackForm(PageForm):
    """What a person does not allow any more. Nothing is chosen beforehand."""

    purpose = RadioField(
        _l("What does the customer no longer allow?"), validators=[DataRequired(_l("Choose what is taken back."))]
    )

    def offer(self, held: Sequence[str]) -> None:
        """Sets what holds now, of words.CONSENTS."""
        self.purpose.choices = [(one, words.CONSENTS[one]) for one in held]


class ReopenForm(PageForm):
    """Why a case is opened again. Nothing is chosen beforehand."""

    reason = RadioField(
        _l("Why is it opened again?"),
        choices=list(words.REOPEN_REASONS.items()),
        validators=[DataRequired(_l("Choose why."))],
    )


def version(complaint: Complaint) -> str:
    """What tells one state of a complaint from the next."""
    return complaint.updated_at.isoformat()


def local_day(moment: datetime) -> date:
    return moment.astimezone(settings().timezone).date()

"""THE MAP. What happens, and what follows from it, in order; and every kind of mail. Read this first.

complaints → checkins → recovery                      not satisfied: back to a handler, then a new check-in
                ↓
             reviews → ambassadors                    satisfied: a review, then the pipeline
complaints → listening → improvements → told-you-so   what complaints taught, told to the people who said it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedbackloop.ambassadors import service as ambassadors
from feedbackloop.checkins import mails as checkin_mails
from feedbackloop.checkins import queries as checkin_queries
from feedbackloop.checkins import service as checkins
from feedbackloop.checkins.events import AnsweredNotSatisfied, AnsweredSatisfied
from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.description import Part
from feedbackloop.complaints.events import ComplaintsReopened, ComplaintsResolved, ResolutionsRedated
from feedbackloop.core.events import Handler
from feedbackloop.improvements import mails as improvement_mails
from feedbackloop.improvements import tellings
from feedbackloop.improvements.events import MilestoneReached
from feedbackloop.mailing import delivery
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.mailing.kinds import MailKind
from feedbackloop.people.events import PeopleErased
from feedbackloop.recovery import mails as recovery_mails
from feedbackloop.recovery import service as recovery
from feedbackloop.reviews import mails as review_mails
from feedbackloop.reviews import service as reviews
from feedbackloop.reviews.events import DestinationChosen, InvitationsSent, ReviewsWritten

FOLLOWS: Mapping[type[Any], tuple[Handler, ...]] = {
    ComplaintsResolved: (recovery.close_resolved_again, checkins.plan),
    ComplaintsReopened: (checkins.cancel_unsent, reviews.cancel_unsent, ambassadors.step_back),
    ResolutionsRedated: (checkins.move_unsent,),
    AnsweredSatisfied: (recovery.close_satisfied, reviews.plan, ambassadors.enter),
    AnsweredNotSatisfied: (recovery.open_cases,),
    InvitationsSent: (ambassadors.move_to_invited,),
    DestinationChosen: (ambassadors.move_to_clicked,),
    ReviewsWritten: (ambassadors.move_to_reviewed,),
    MilestoneReached: (tellings.plan,),
    MailsSent: (checkins.mails_sent, reviews.mails_sent, tellings.mails_sent),
    MailsEnded: (checkins.mails_ended, reviews.mails_ended, tellings.mails_ended),
    PeopleErased: (
        complaints.erase,
        checkins.erase,
        recovery.erase,
        reviews.erase,
        ambassadors.erase,
        tellings.erase,
        delivery.erase,
    ),
}

MAILS: tuple[MailKind, ...] = (
    checkin_mails.CHECK_IN,
    checkin_mails.CHECK_IN_REMINDER,
    recovery_mails.ANSWER_RECEIPT,
    recovery_mails.CASE_FOR_HANDLER,
    recovery_mails.SOLVED_FOR_HANDLER,
    review_mails.REVIEW_INVITATION,
    improvement_mails.TOLD_YOU_SO,
)

# What later stations know of a complaint: the names under which the API and the case page show it.
COMPLAINT_PARTS: Mapping[str, Part] = {
    "check_ins": checkin_queries.for_complaints,
}

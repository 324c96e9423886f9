"""THE MAP. What happens, and what follows from it, in order; and every kind of mail. Read this first.

complaints → checkins → recovery                      not satisfied: back to a handler, then a new check-in
                ↓
             reviews → ambassadors                    satisfied: a review, then the pipeline
complaints → listening → improvements → told-you-so   what complaints taught, told to the people who said it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedbackloop.ambassadors import ask_mails, ask_pictures, asks, person_service, story_answers, story_mails
from feedbackloop.ambassadors import copies as ambassador_copies
from feedbackloop.ambassadors import queries as ambassador_queries
from feedbackloop.ambassadors import service as ambassadors
from feedbackloop.ambassadors import stepping_back as pipeline
from feedbackloop.ambassadors.ask_models import Ask, Note, Picture
from feedbackloop.ambassadors.events import AsksAnswered
from feedbackloop.ambassadors.models import Ambassador, Tag
from feedbackloop.ambassadors.numbers import service as ambassador_numbers
from feedbackloop.ambassadors.numbers.models import NumberFact, NumberMark
from feedbackloop.ambassadors.reports import mails as report_mails
from feedbackloop.ambassadors.story_models import Story, StoryVersion
from feedbackloop.ambassadors.suggestions import service as suggestions
from feedbackloop.ambassadors.suggestions.models import Suggestion
from feedbackloop.checkins import call_queries, proposal_mails, proposal_queries, proposals
from feedbackloop.checkins import mails as checkin_mails
from feedbackloop.checkins import queries as checkin_queries
from feedbackloop.checkins import service as checkins
from feedbackloop.checkins import versions as answer_versions
from feedbackloop.checkins.events import (
    AnsweredLater,
    AnsweredNotSatisfied,
    AnsweredSatisfied,
    AnswersChanged,
    CheckInsExpired,
)
from feedbackloop.checkins.models import (
    Answer,
    AnswerReason,
    Attachment,
    Call,
    CallTry,
    CheckIn,
    Proposal,
    ProposalAnswer,
)
from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.description import Part
from feedbackloop.complaints.events import (
    ComplaintsChanged,
    ComplaintsReopened,
    ComplaintsResolved,
    ConfirmationsTakenBack,
    CrisesChanged,
    ResolutionsRedated,
)
from feedbackloop.complaints.models import Complaint, Round
from feedbackloop.core.events import Handler
from feedbackloop.core.history import History
from feedbackloop.improvements import follow, follow_mails, picking, redaction, telling_parts, tellings
from feedbackloop.improvements import mails as improvement_mails
from feedbackloop.improvements.events import MilestoneReached
from feedbackloop.improvements.follow_models import Follower
from feedbackloop.improvements.models import ImprovementComplaint, ImprovementStep, Telling
from feedbackloop.mailing import delivery
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.mailing.incoming import queries as incoming_queries
from feedbackloop.mailing.incoming import service as incoming
from feedbackloop.mailing.incoming.events import RepliesReceived
from feedbackloop.mailing.incoming.models import Received, Reply
from feedbackloop.mailing.kinds import MailKind
from feedbackloop.mailing.models import Outbox, Suppression
from feedbackloop.people.events import AddressesErased, ConsentsChanged, PeopleChanged, PeopleErased
from feedbackloop.people.models import Consent
from feedbackloop.people.privacy import ADDRESS, Trail
from feedbackloop.recovery import letters as recovery_letters
from feedbackloop.recovery import mails as recovery_mails
from feedbackloop.recovery import queries as recovery_queries
from feedbackloop.recovery import replies as recovery_replies
from feedbackloop.recovery import service as recovery
from feedbackloop.recovery.events import CasesClosed
from feedbackloop.recovery.models import CaseReply, PublicReply, RecoveryCase, Spending
from feedbackloop.reviews import mails as review_mails
from feedbackloop.reviews import making as review_making
from feedbackloop.reviews import service as reviews
from feedbackloop.reviews.events import (
    DestinationChosen,
    InvitationsSent,
    MatchesUndone,
    ReviewsMatched,
    ReviewsWritten,
)
from feedbackloop.reviews.models import Invitation, OutsideReview, Review

FOLLOWS: Mapping[type[Any], tuple[Handler, ...]] = {
    ComplaintsResolved: (recovery.close_resolved_again, checkins.plan),
    ComplaintsReopened: (checkins.cancel_unsent, reviews.cancel_unsent, pipeline.step_back),
    ConfirmationsTakenBack: (reviews.cancel_unsent, pipeline.step_back),
    ResolutionsRedated: (checkins.move_unsent,),
    ComplaintsChanged: (ambassador_copies.keep_up_with_complaints,),
    CrisesChanged: (checkins.change_crises,),
    AnsweredSatisfied: (recovery.close_satisfied, reviews.plan, ambassadors.enter),
    AnsweredNotSatisfied: (recovery.open_cases,),
    AnsweredLater: (recovery.hear_doubt,),
    AnswersChanged: (ambassador_copies.keep_up_with_answers,),
    CheckInsExpired: (reviews.plan_after_expiry,),
    CasesClosed: (reviews.plan_after_outcome,),
    InvitationsSent: (ambassadors.move_to_invited,),
    DestinationChosen: (ambassadors.move_to_clicked,),
    ReviewsWritten: (ambassadors.move_to_reviewed, suggestions.look_at_reviewers),
    ReviewsMatched: (ambassadors.move_to_matched, suggestions.look_at_matched),
    MatchesUndone: (ambassadors.step_back_from_match,),
    AsksAnswered: (person_service.plan_after_yes, story_answers.begin_agreed),
    MilestoneReached: (tellings.plan,),
    MailsSent: (
        checkins.mails_sent,
        proposals.mails_sent,
        reviews.mails_sent,
        asks.mails_sent,
        story_answers.mails_sent,
        tellings.mails_sent,
    ),
    MailsEnded: (
        checkins.mails_ended,
        proposals.mails_ended,
        reviews.mails_ended,
        asks.mails_ended,
        story_answers.mails_ended,
        tellings.mails_ended,
        incoming.mails_ended,
    ),
    RepliesReceived: (recovery_replies.tell_handlers,),
    PeopleErased: (
        redaction.erase,
        complaints.erase,
        checkins.erase,
        proposals.erase,
        recovery.erase,
        reviews.erase,
        ambassadors.erase,
        asks.erase,
        ask_pictures.erase,
        person_service.erase,
        story_answers.erase,
        suggestions.erase,
        tellings.erase,
        delivery.erase,
        incoming.erase,
    ),
    ConsentsChanged: (
        ambassador_copies.keep_up_with_people,
        ask_pictures.keep_up,
        story_answers.keep_up_with_consents,
        suggestions.look_at_consents,
    ),
    PeopleChanged: (ambassador_copies.keep_up_with_people, ambassador_numbers.hear_people),
    AddressesErased: (follow.erase, incoming.erase_addresses),
}

MAILS: tuple[MailKind, ...] = (
    checkin_mails.CHECK_IN,
    checkin_mails.CHECK_IN_REMINDER,
    checkin_mails.CHECK_IN_AGAIN,
    proposal_mails.SUMMARY_CONFIRMATION,
    proposal_mails.STEP_AGREEMENT,
    recovery_mails.ANSWER_RECEIPT,
    recovery_mails.CASE_FOR_HANDLER,
    recovery_mails.CASE_FOR_QUALITY,
    recovery_mails.CASE_OVERDUE,
    recovery_mails.CASE_OVERDUE_FOR_QUALITY,
    recovery_letters.CASE_REPLY,
    recovery_mails.SOLVED_FOR_HANDLER,
    recovery_replies.REPLY_FOR_HANDLER,
    review_mails.REVIEW_INVITATION,
    ask_mails.ASK,
    story_mails.STORY_AGREEMENT,
    improvement_mails.TOLD_YOU_SO,
    follow_mails.FOLLOW_CONFIRMATION,
    follow_mails.FOLLOW_DIGEST,
    report_mails.NUMBERS_REPORT,
)

# What later stations know of a complaint, by the name under which the API shows it; and what its page shows besides.
COMPLAINT_PARTS: Mapping[str, Part] = {
    "check_ins": checkin_queries.for_complaints,
    "ambassador": ambassador_queries.for_complaints,
}
CASE_PARTS: Mapping[str, Part] = {
    "answers": answer_versions.for_complaints,
    "recovery_cases": recovery_queries.for_complaints,
    "replies": incoming_queries.for_complaints,
    "from_reviews": review_making.for_complaints,
    "calls": call_queries.for_complaints,
    "proposals": proposal_queries.for_complaints,
    "told": telling_parts.for_complaints,
    "improvements": picking.for_complaints,
}

# Where a person is found, each trail leading on from one before it. What is not named here is neither shown nor erased.
PERSON_TRAILS: tuple[Trail, ...] = (
    Trail("consents", Consent.customer_id),
    Trail("suppressions", Suppression.address_key, ADDRESS),
    Trail("complaints", Complaint.customer_id),
    Trail("complaint_rounds", Round.complaint_id, "complaints"),
    Trail("check_ins", CheckIn.complaint_id, "complaints"),
    Trail("answers", Answer.check_in_id, "check_ins"),
    Trail("answer_reasons", AnswerReason.answer_id, "answers"),
    Trail("attachments", Attachment.check_in_id, "check_ins"),
    Trail("calls", Call.complaint_id, "complaints"),
    Trail("call_tries", CallTry.call_id, "calls"),
    Trail("proposals", Proposal.complaint_id, "complaints"),
    Trail("proposal_answers", ProposalAnswer.proposal_id, "proposals"),
    Trail("recovery_cases", RecoveryCase.complaint_id, "complaints"),
    Trail("spendings", Spending.complaint_id, "complaints"),
    Trail("letters", CaseReply.complaint_id, "complaints"),
    Trail("public_replies", PublicReply.complaint_id, "complaints"),
    Trail("invitations", Invitation.customer_id),
    Trail("reviews", Review.customer_id),
    Trail("outside_reviews", OutsideReview.customer_id),
    Trail("ambassadors", Ambassador.customer_id),
    Trail("ambassador_tags", Tag.ambassador_id, "ambassadors"),
    Trail("ambassador_notes", Note.ambassador_id, "ambassadors"),
    Trail("asks", Ask.customer_id),
    Trail("ask_pictures", Picture.customer_id),
    Trail("stories", Story.customer_id),
    Trail("stories_about_complaints", Story.complaint_id, "complaints", only=Story.customer_id.is_(None)),
    Trail("story_versions", StoryVersion.story_id, "stories"),
    Trail("suggestions", Suggestion.ambassador_id, "ambassadors"),
    Trail("number_facts", NumberFact.complaint_id, "complaints"),
    Trail("number_marks", NumberMark.customer_id),
    Trail("improvement_complaints", ImprovementComplaint.complaint_id, "complaints"),
    Trail("improvement_steps", ImprovementStep.proposal_id, "proposals"),
    Trail("tellings", Telling.customer_id),
    Trail("followers", Follower.address_key, ADDRESS),
    Trail("mails", Outbox.customer_id),
    Trail("mails_to_followers", Outbox.subject_id, "followers", only=Outbox.kind.in_(follow.KINDS)),
    Trail("mails_about_complaints", Outbox.complaint_id, "complaints", only=Outbox.customer_id.is_(None)),
    Trail("received", Received.customer_id),
    Trail("received_about_complaints", Received.complaint_id, "complaints", only=Received.customer_id.is_(None)),
    Trail("replies", Reply.customer_id),
    Trail("replies_on_complaints", Reply.complaint_id, "complaints", only=Reply.customer_id.is_(None)),
    Trail("replies_without_a_case", Reply.sender_key, ADDRESS, only=Reply.customer_id.is_(None)),
    Trail("history", History.complaint_id, "complaints"),
    Trail("own_history", History.subject_id, only=(History.subject == "customer") & History.complaint_id.is_(None)),
)

"""What happened to review invitations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InvitationsSent:
    invitation_ids: tuple[int, ...]


@dataclass(frozen=True)
class DestinationChosen:
    """The person pressed the button with a choice: the click."""

    invitation_ids: tuple[int, ...]


@dataclass(frozen=True)
class ReviewsWritten:
    review_ids: tuple[int, ...]


@dataclass(frozen=True)
class ReviewsMatched:
    """A review on another site is taken for what came of these invitations."""

    invitation_ids: tuple[int, ...]


@dataclass(frozen=True)
class MatchesUndone:
    """Staff say that the review on the other site did not come of these invitations."""

    invitation_ids: tuple[int, ...]

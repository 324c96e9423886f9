"""Destinations and their rules, invitations, reviews on the organisation's own page."""

"""Outbox, delivery and opt-outs; the only place that speaks SMTP."""

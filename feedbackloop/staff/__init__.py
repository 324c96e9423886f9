"""Accounts, roles, sign-in, API tokens."""

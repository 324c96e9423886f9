"""When to ask, the mail, the form, the answer, the reminder."""

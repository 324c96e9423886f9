"""The dissatisfied answer: a named owner, a deadline, a second resolution."""

"""Commands of the pipeline."""

from __future__ import annotations

from feedbackloop.ambassadors.numbers import commands as numbers

COMMANDS = (*numbers.COMMANDS,)

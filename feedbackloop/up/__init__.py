"""`feedbackloop up`: the whole product on one machine, with what the environment leaves unset. No station imports it."""

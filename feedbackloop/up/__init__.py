"""`feedbackloop up`: the whole product on one machine, with what is left unset. No station imports it."""

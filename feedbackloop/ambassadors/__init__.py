"""The pipeline that marketing watches: stages, consent, the board."""

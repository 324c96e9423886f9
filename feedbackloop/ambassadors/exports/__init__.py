"""Files of what the pages of marketing show."""

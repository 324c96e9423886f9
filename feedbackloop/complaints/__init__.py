"""What was said and how it was resolved: the status machine, intake by CSV, API and staff."""

"""The numbers by mail, every week or every month, for colleagues who want them."""

"""What complaints have in common: themes by category and root cause."""

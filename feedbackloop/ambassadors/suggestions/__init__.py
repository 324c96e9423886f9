"""Rules that say of whom marketing might think; and whose turn it is to look after somebody."""

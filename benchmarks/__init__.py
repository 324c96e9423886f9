"""How fast mail goes out, beside what could be reached and beside the best of the others: `make bench`."""

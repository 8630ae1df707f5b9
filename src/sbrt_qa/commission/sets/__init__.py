"""One file, one test set."""

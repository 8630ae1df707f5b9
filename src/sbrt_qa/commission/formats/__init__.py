"""One file, one format of the commissioning document."""

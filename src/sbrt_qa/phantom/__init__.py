"""Solids with curves known on paper, the synthetic sample, and the writer that makes DICOM of both."""

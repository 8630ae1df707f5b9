"""The phantom's own DICOM writer, one file per object. It shares nothing with the reader."""

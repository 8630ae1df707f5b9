"""The door in: the only room that reads DICOM."""

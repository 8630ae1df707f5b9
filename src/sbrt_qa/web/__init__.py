"""Web: the work list of a folder of records, for people in a browser and for other programs."""

"""Two evaluations side by side, as a page, a record, a table and text: one file, one format."""

"""Files that people hand in: typed by content, cleaned, sealed, counted, read on the record."""

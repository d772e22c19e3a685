"""Integrity signals: patterns that people look at; none of them voids a rating."""

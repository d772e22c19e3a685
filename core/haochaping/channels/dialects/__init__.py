"""Dialects of business systems as data: their field names and code tables."""

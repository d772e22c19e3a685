"""Appraisal: closed periods are frozen, objected to, published, and lead somewhere."""

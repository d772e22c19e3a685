"""Migrations of the appraisal's tables."""

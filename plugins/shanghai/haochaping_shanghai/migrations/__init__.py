"""Migrations of the tables of reviews, votes and award nominations."""

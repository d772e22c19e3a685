"""Migrations of the tables of symposia and open days."""

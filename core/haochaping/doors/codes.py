"""Codes that people read out and type: chance that nobody guesses, letters nobody mistakes."""

from __future__ import annotations

from haochaping.ids import random_code

__all__ = ("random_code",)

"""Votes of visitors without an account: one of a visitor, at most so many of a network."""

from __future__ import annotations

from haochaping.ballots import Box, NoVote, Voter, cast, forget, take_back, voted

__all__ = ("Box", "NoVote", "Voter", "cast", "forget", "take_back", "voted")

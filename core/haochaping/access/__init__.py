"""Accounts, roles, policies, devices and the rater-identity vault."""

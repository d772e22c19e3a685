"""The coverage ledger: who received a service and was offered an evaluation of it."""

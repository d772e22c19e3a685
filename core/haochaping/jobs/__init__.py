"""What is to happen: one job table for outbox, timers and periodic slots."""

"""To and from the next platform."""

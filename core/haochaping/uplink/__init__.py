"""To and from other platforms: what goes up, what comes from below, and tickets of others."""

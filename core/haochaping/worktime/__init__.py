"""Working-day calendar and due moments."""

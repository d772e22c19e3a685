"""Scale, option lists and indicators: pure, no tables."""

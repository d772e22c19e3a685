"""Find, order, configure and call plugins."""

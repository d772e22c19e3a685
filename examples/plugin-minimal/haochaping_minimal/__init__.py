"""A minimal haochaping plugin: one hook of each kind."""

"""Hunan: a plugin of haochaping."""

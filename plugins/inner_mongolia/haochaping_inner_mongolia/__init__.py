"""The inner_mongolia plugin of haochaping."""

"""The profiles that come with haochaping."""

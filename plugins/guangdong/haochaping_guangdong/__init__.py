"""The guangdong plugin of haochaping."""

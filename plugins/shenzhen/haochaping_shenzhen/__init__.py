"""The shenzhen plugin of haochaping."""

"""The sichuan plugin of haochaping."""

"""The chongqing plugin of haochaping."""

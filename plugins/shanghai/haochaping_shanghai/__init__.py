"""The shanghai plugin of haochaping."""

"""The yantai plugin of haochaping."""

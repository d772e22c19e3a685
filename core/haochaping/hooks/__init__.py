"""The contract between the core and its plugins: specs and the values they pass."""

"""Example jurisdictions as CSV files, installed as `haochaping.examples`."""

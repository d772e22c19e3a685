"""Who and what is rated: regions, organizations, halls, windows, staff, items, cases."""

"""How ratings become figures: tallies, formulas, measures."""

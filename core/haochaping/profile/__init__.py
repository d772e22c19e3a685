"""Read, layer, validate and explain a jurisdiction's YAML profile."""

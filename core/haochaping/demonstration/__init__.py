"""A deployment with demonstration data: made through the same doors as everything else."""

"""Running a deployment: its processes, its ages and lags, its copies."""

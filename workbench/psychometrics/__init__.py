"""Statistics of tests: arrays in, results out; no files, no clock, nothing of the civil service."""

"""The outside world: processes, files, progress. Passed in, never reached for."""

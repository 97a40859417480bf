"""Side effects: processes, HTTP, files, forks. Where tests need it, callers receive them as parameters."""

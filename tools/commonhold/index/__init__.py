"""Package index client: what an index has, and how long to wait when it refuses an answer."""

"""Package indexes: their addresses, a client for their pages, back-off, and uv as another client."""

"""Package indexes: their URLs, a client for their pages, back-off, and uv as a second client."""

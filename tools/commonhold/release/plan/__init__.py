"""Plan a release: its distributions, their versions and order, and exclusions."""

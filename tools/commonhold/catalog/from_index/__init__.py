"""Make the first documents of a plugin index from releases that are already on a package index."""

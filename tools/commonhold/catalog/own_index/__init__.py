"""Make the plugin index of a third-party or private author from a file that lists sources."""

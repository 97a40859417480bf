"""Route issues to the maintainers of the plugin that they name, and later to core."""

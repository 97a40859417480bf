"""Ask the maintainers of plugins that are not ready for the coming release of the core, with one issue per plugin."""

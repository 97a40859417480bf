"""Plan changes to the plugins of an environment, and apply them completely or not at all."""

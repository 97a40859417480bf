"""Create a plugin from a template."""

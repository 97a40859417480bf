"""Create files for a repository of plugins: its first configuration and workflows."""

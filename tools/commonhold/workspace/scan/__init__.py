"""Search the files of a workspace for imports and mentions of other plugins."""

"""Import a plugin from another repository with its history, and record the transfer."""

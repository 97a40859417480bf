"""Apply the approval rule to past commits, with maintainers proposed from the history."""

"""Real repositories described to commonhold, and what shows it at work."""

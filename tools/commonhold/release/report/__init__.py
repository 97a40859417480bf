"""What a release leaves behind: notes, documents for other programs, tags, and how to take it back."""

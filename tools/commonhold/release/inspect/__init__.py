"""Looking at every artifact before the first upload: whatever an index would refuse, and whatever would not work."""

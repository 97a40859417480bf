"""Define the data of a release: its plan, store, journal and state."""

"""The data of a release: its plan, store, journal and state."""

"""What flytekit would add to be tested by commonhold, and a rehearsal of it."""

"""What flytekit would add to be tested and released by commonhold, and rehearsals of both."""

"""Files with which flytekit could be tested and released by commonhold, and rehearsals of both."""

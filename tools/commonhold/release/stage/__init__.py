"""Stage a plugin: export it from a commit and write its version and pins."""

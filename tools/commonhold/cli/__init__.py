"""The command line, with one file for each command: parse options, call the library, print the result."""

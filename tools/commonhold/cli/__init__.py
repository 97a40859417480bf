"""The command line, one file for each command: parse options, call the library, print."""

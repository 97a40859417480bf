"""Generators of documentation files. Each module has ``make()``, which returns file contents by path in ``docs``."""

NOTE = "<!-- Generated from the code by docs/generate.py; edit the code instead. -->\n"

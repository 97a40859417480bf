"""What makes the generated pages. Each maker has ``make()``: the contents of its files, by their paths in ``docs``."""

NOTE = "<!-- Written by docs/generate.py from the code; edit it there. -->\n"

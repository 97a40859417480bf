"""Building: an sdist from the staged copy, the wheel from that sdist, both the same bit for bit, and quickly.

Plugins that ask for the same build requirements share an environment, in which their backend is imported once and
forked for each of them. What does not fit there gets an environment of its own.
"""

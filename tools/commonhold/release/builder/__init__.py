"""Build releases: an sdist from the staged copy and the wheel from that sdist, reproducible bit for bit.

Plugins with equal build requirements share an environment, in which their backend is imported once and forked for
each of them, because making environments takes most of a build's time. Everything else gets its own environments.
"""

"""Build releases: an sdist from the staged copy and the wheel from that sdist, reproducible bit for bit.

Creating environments takes most of a build's time, so plugins with equal build requirements share an environment: their
backend is imported once, and its process is forked for each plugin. Every other plugin gets its own environments.
"""

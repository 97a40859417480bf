"""Replays real repositories: what commonhold reads and would have selected there, beside what is so.

``python -m examples.replay flytekit https://github.com/flyteorg/flytekit`` clones the repository into a
temporary folder and writes its tables into ``docs/real-repositories.md``.
"""

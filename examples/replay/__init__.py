"""Replay real repositories: compare what commonhold reads and selects with other sources.

``python -m examples.replay flytekit https://github.com/flyteorg/flytekit`` clones the repository into a
temporary folder and writes its tables into ``docs/real-repositories.md``.
"""

"""Measures `commonhold affected` against its peers, on generated monorepos and on flytekit."""

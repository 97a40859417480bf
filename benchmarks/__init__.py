"""Compare `commonhold affected` with its peers, on generated monorepos and on flytekit."""

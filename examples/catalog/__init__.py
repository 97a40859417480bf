"""The catalogue of flytekit's plugins, made from their real releases."""

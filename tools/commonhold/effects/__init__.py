"""Perform side effects: processes, HTTP, files, forks.

Callers that tests isolate receive a side effect as a parameter.
"""

"""Decide whether a pull request has the approvals that it needs, who is next, and how to say so."""

"""Recognize names and contents of files that look like secrets.

The list is short and specific: each match stops an import, so a pattern that matches ordinary code would be ignored.
"""

from __future__ import annotations

import re

_NAMES = re.compile(
    r"(^|/)(\.env(\.(local|prod|production))?|\.netrc|_netrc|\.pypirc|\.git-credentials|\.htpasswd|id_(rsa|dsa|ecdsa|ed25519)"
    r"|credentials\.json|service[-_]account\.json|[^/]*\.(pem|p12|pfx|jks|keystore|kdbx|ppk))$",
    re.IGNORECASE,
)
_CONTENTS = {
    "a private key": rb"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    "an AWS access key": rb"\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}\b",
    "a GitHub token": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{82})\b",
    "a GitLab token": rb"\bglpat-[A-Za-z0-9_-]{20}\b",
    "a PyPI token": rb"\bpypi-AgE[A-Za-z0-9_-]{50}",
    "a Slack token": rb"\bxox[abprs]-[0-9A-Za-z-]{20}",
    "a Google API key": rb"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Stripe key": rb"\b[sr]k_live_[0-9A-Za-z]{24}",
    "an OpenAI key": rb"\bsk-(?:proj-)?[A-Za-z0-9]{40}",
    "a npm token": rb"\bnpm_[A-Za-z0-9]{36}\b",
    "a password in a URL": rb"\bhttps?://[A-Za-z0-9_.-]{1,64}:(?!x-oauth|pass|<|\$|\{|\*)[A-Za-z0-9_.%!-]{12,64}@[a-z]",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _CONTENTS.items()}


def is_secret_name(path: str) -> bool:
    """Return whether a file of this name usually contains a secret.

    >>> is_secret_name("deploy/id_rsa"), is_secret_name(".env.example")
    (True, False)
    """
    return _NAMES.search(path) is not None


def find_secret(data: bytes) -> str | None:
    """Return the kind of the first secret in a file's content."""
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(data)), None)

"""Read and write a repository on GitHub through its REST API.

The client sends a limited number of requests, decodes every response strictly, and verifies git's objects by their
object ids. Source of the endpoints and records: GitHub's OpenAPI description, version 2022-11-28.
"""

from commonhold.github.client import (
    Budget,
    BudgetError,
    GitHub,
    NotFoundError,
    Patience,
    RateLimitError,
    ResponseError,
    ShareError,
    segment,
)
from commonhold.github.git_tree import GitHubTree
from commonhold.github.transport import (
    API,
    Exchange,
    GitHubUnreachableError,
    HttpTransport,
    RecordedTransport,
    Recorder,
    Recording,
    decode_recording,
    encode_recording,
)

__all__ = [
    "API",
    "Budget",
    "BudgetError",
    "Exchange",
    "GitHub",
    "GitHubTree",
    "GitHubUnreachableError",
    "HttpTransport",
    "NotFoundError",
    "Patience",
    "RateLimitError",
    "RecordedTransport",
    "Recorder",
    "Recording",
    "ResponseError",
    "ShareError",
    "decode_recording",
    "encode_recording",
    "segment",
]

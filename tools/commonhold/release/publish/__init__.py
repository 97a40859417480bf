"""Publish a release: upload the files in the store to an index, each file once."""

from commonhold.index.backoff import BackoffLimits
from commonhold.release.publish.credentials import Credentials, find_credentials
from commonhold.release.publish.publication import PublicationResult, PublishSettings, publish
from commonhold.release.publish.readiness import PublicationStoppedError
from commonhold.release.publish.twine_uploader import TwineUploader, Uploader

__all__ = [
    "BackoffLimits",
    "Credentials",
    "PublicationResult",
    "PublicationStoppedError",
    "PublishSettings",
    "TwineUploader",
    "Uploader",
    "find_credentials",
    "publish",
]

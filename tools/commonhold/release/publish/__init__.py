"""Publishing: from the store to the index, so that nothing is lost and nothing is there twice."""

from commonhold.index.backoff import Limits
from commonhold.release.publish.credentials import Credentials, find_credentials
from commonhold.release.publish.journal_writer import Reporter
from commonhold.release.publish.publication import Outcome, Settings, StoppedError, publish
from commonhold.release.publish.twine_uploader import TwineUploader, Uploader

__all__ = [
    "Credentials",
    "Limits",
    "Outcome",
    "Reporter",
    "Settings",
    "StoppedError",
    "TwineUploader",
    "Uploader",
    "find_credentials",
    "publish",
]

"""The meaning of an index's responses, and the pauses between retries."""

from __future__ import annotations

import threading
import time

import pytest

from commonhold.index.backoff import (
    MAX_WAIT,
    Backoff,
    BackoffLimits,
    Gate,
    IndexResponse,
    Verdict,
    classify_response,
    quota_reset,
    redirect_target,
    requested_wait,
)

NEW = {"ratelimit": '"project.create.ip";r=30;t=60, "project.create.user";r=0;t=55569'}


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        (IndexResponse(200), Verdict.ACCEPTED),
        (IndexResponse(201, '{"message": "201 Created"}'), Verdict.ACCEPTED),
        (IndexResponse(200, "Sign in", is_page=True), Verdict.NOT_OF_AN_INDEX),
        (IndexResponse(202), Verdict.NOT_OF_AN_INDEX),
        (IndexResponse(204), Verdict.NOT_OF_AN_INDEX),
        (IndexResponse(299), Verdict.NOT_OF_AN_INDEX),
        (IndexResponse(400, "File already exists ('a.whl', with blake2_256 hash '00')."), Verdict.CHECK_INDEX),
        (
            IndexResponse(400, "This filename was previously used by a file that has since been deleted."),
            Verdict.CHECK_INDEX,
        ),
        (IndexResponse(409, "whatever"), Verdict.CHECK_INDEX),
        (IndexResponse(400, "Uploading new files to releases older than 14 days is not allowed"), Verdict.REJECTED),
        (IndexResponse(403, "The user 'x' isn't allowed to upload to project 'y'."), Verdict.REJECTED),
        (IndexResponse(403, "Invalid or non-existent authentication information."), Verdict.UNAUTHENTICATED),
        (IndexResponse(401), Verdict.UNAUTHENTICATED),
        (IndexResponse(301), Verdict.REDIRECTED),
        (IndexResponse(413), Verdict.REJECTED),
        (IndexResponse(408), Verdict.RETRY),
        (IndexResponse(500), Verdict.RETRY),
        (IndexResponse(503), Verdict.RETRY),
        (IndexResponse(429, "slow down"), Verdict.RETRY),
        (IndexResponse(429, "Too many new projects created"), Verdict.QUOTA),
        (IndexResponse(429, "", NEW), Verdict.QUOTA),
    ],
)
def test_a_response_has_a_meaning(response, verdict):
    assert classify_response(response) is verdict


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (IndexResponse(429, "", {"retry-after": "7"}), 7),
        (IndexResponse(503, "", {"retry-after": " 120 "}), 120),
        (IndexResponse(429, "", NEW), 55569),
        (IndexResponse(429, "", {"retry-after": "soon"}), None),
        (IndexResponse(429), None),
        (IndexResponse(200, "", NEW), None),
        (
            IndexResponse(
                429, "", {"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
            ),
            10,
        ),
        (
            IndexResponse(
                429, "", {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT", "date": "Wed, 21 Oct 2015 07:29:00 GMT"}
            ),
            0,
        ),
        (IndexResponse(429, "", {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}), None),
        (
            IndexResponse(
                429, "", {"retry-after": "Wed, 21 Oct 2015 07:28:10 -0000", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
            ),
            10,
        ),
        (IndexResponse(429, "", {"retry-after": "\xb2"}), None),
        (IndexResponse(429, "", {"retry-after": "9" * 400}), MAX_WAIT),
        (IndexResponse(429, "", {"retry-after": "Wed, 21 Oct 2015 07:28:00 +99999999999999", "date": ""}), None),
        (
            IndexResponse(
                429, "", {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
            ),
            MAX_WAIT,
        ),
        (IndexResponse(429, "", {"ratelimit": f'"project.create.user";r=0;t={"9" * 30}'}), MAX_WAIT),
        (IndexResponse(429, "", {**NEW, "retry-after": "7"}), 55569),
    ],
)
def test_the_index_may_request_a_wait(response, seconds):
    assert requested_wait(response) == seconds


@pytest.mark.parametrize(
    "location", ["http://[::1", "ftp://example.com/", "", "/", "https://x/\x1b[2J", "/" + "x" * 300]
)
def test_a_redirect_without_a_usable_address_has_no_target(location):
    assert redirect_target(IndexResponse(301, headers={"location": location}), "https://example.com/") is None


def test_the_target_of_a_redirect_has_no_credentials():
    response = IndexResponse(301, headers={"location": "//me:secret@new.example.com/up/?a=b"})
    assert redirect_target(response, "https://example.com/") == "https://new.example.com/up/"


def test_a_quota_resets_only_after_it_is_used_up():
    assert quota_reset(IndexResponse(200, "", {"ratelimit": '"project.create.user";r=1;t=9'})) is None
    assert quota_reset(IndexResponse(200, "", {"ratelimit": '"file.upload";r=0;t=9'})) is None
    assert quota_reset(IndexResponse(200, "", NEW)) == 55569


def test_pauses_double_until_patience_ends():
    backoff = Backoff(BackoffLimits(patience=16))
    pauses = [backoff.next_pause() for _ in range(6)]
    assert pauses[0] is not None
    for pause, most in zip(pauses, [1, 2, 4, 8, 16], strict=False):
        assert pause is None or most / 2 <= pause <= most
    assert pauses[-1] is None


def first_pauses(**limits: float) -> list[float]:
    pauses = [Backoff(BackoffLimits(**limits)).next_pause() for _ in range(500)]
    return [pause for pause in pauses if pause is not None]


def test_pauses_are_random_so_that_uploads_do_not_return_together():
    pauses = first_pauses(patience=600)
    assert len(set(pauses)) > 400
    assert 0.5 <= min(pauses) < 0.55
    assert 0.95 < max(pauses) <= 1


def test_with_little_patience_the_first_pause_is_an_eighth_of_it():
    pauses = first_pauses(patience=4)
    assert 0.25 <= min(pauses) < 0.3
    assert 0.45 < max(pauses) <= 0.5


def test_a_requested_wait_is_added_to_the_pause():
    pause = Backoff(BackoffLimits(patience=600)).next_pause(60)
    assert pause is not None
    assert 60.5 <= pause <= 61


def test_a_wait_beyond_the_patience_is_not_started():
    assert Backoff(BackoffLimits(patience=5)).next_pause(60) is None


def elapsed(gate: Gate, seconds: float = 0.0) -> float:
    started = time.monotonic()
    assert gate.wait(seconds)
    return time.monotonic() - started


def test_a_gate_waits_for_the_longer_of_both_times():
    gate = Gate()
    gate.back_off(0.2)
    gate.back_off(0.0)  # does not shorten the other
    assert elapsed(gate) >= 0.15
    assert elapsed(gate, 0.2) >= 0.2
    gate.back_off(0.2)
    assert elapsed(gate, 0.1) >= 0.2


def test_a_stopped_gate_ends_all_waits_and_opens_no_more():
    gate = Gate()
    gate.back_off(86400)
    timer = threading.Timer(0.1, gate.stop)
    timer.start()
    assert not gate.wait(86400)
    assert not gate.wait()
    assert gate.is_stopped
    timer.join()

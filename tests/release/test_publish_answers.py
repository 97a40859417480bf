"""What an index's answers mean, and how long it wants to be left alone."""

from __future__ import annotations

import time

import pytest

from commonhold.index.backoff import (
    LONGEST,
    Backoff,
    BackoffLimits,
    Gate,
    IndexResponse,
    Verdict,
    classify_response,
    quota_spent,
    wait_asked,
)

NEW = {"ratelimit": '"project.create.ip";r=30;t=60, "project.create.user";r=0;t=55569'}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (IndexResponse(200), Verdict.ACCEPTED),
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
        (IndexResponse(301), Verdict.REJECTED),
        (IndexResponse(413), Verdict.REJECTED),
        (IndexResponse(408), Verdict.AGAIN),
        (IndexResponse(500), Verdict.AGAIN),
        (IndexResponse(503), Verdict.AGAIN),
        (IndexResponse(429, "slow down"), Verdict.AGAIN),
        (IndexResponse(429, "Too many new projects created"), Verdict.QUOTA),
        (IndexResponse(429, "", NEW), Verdict.QUOTA),
    ],
)
def test_an_answer_means(answer, verdict):
    assert classify_response(answer) is verdict


@pytest.mark.parametrize(
    ("answer", "seconds"),
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
        (IndexResponse(429, "", {"retry-after": "9" * 400}), LONGEST),
        (IndexResponse(429, "", {"retry-after": "Wed, 21 Oct 2015 07:28:00 +99999999999999", "date": ""}), None),
        (
            IndexResponse(
                429, "", {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
            ),
            LONGEST,
        ),
        (IndexResponse(429, "", {"ratelimit": f'"project.create.user";r=0;t={"9" * 30}'}), LONGEST),
        (IndexResponse(429, "", {**NEW, "retry-after": "7"}), 55569),
    ],
)
def test_the_wait_that_is_asked_for(answer, seconds):
    assert wait_asked(answer) == seconds


def test_only_a_limit_that_is_used_up_counts():
    assert quota_spent(IndexResponse(200, "", {"ratelimit": '"project.create.user";r=1;t=9'})) is None
    assert quota_spent(IndexResponse(200, "", {"ratelimit": '"file.upload";r=0;t=9'})) is None
    assert quota_spent(IndexResponse(200, "", NEW)) == 55569


def test_pauses_grow_until_patience_ends():
    retries = Backoff(BackoffLimits(patience=16))
    pauses = [retries.next_pause() for _ in range(6)]
    for pause, most in zip(pauses, [1, 2, 4, 8, 16], strict=False):
        assert pause is None or most / 2 <= pause <= most
    assert pauses[-1] is None


def test_a_wait_beyond_patience_is_not_begun():
    assert Backoff(BackoffLimits(patience=5)).next_pause(60) is None


def test_a_stopped_gate_lets_nobody_wait():
    gate = Gate()
    gate.close(60)
    gate.stop()
    begun = time.monotonic()
    assert not gate.pass_(60)
    assert time.monotonic() - begun < 30

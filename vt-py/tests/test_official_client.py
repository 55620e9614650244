"""VirusTotal's own client and this package read the same answers the same way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from vt_core import FileReport, Quota, Scanner, Stats
from vt_core.testing import Simulator

vt: Any = pytest.importorskip(
    "vt", reason="VirusTotal's client is not installed: pip install vt-py"
)

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "v3"
"""Answers of VirusTotal's, which are not part of the project."""

UNKNOWN = 2
MADE_UP = [number for number in range(60) if number != UNKNOWN]


class Sides(NamedTuple):
    theirs: Any
    ours: Scanner


@pytest.fixture(scope="module")
def event_loop_of_theirs() -> Iterator[None]:
    """Their client runs on whatever loop there is, and Python warns where there is none."""
    event_loop = asyncio.new_event_loop()
    asyncio.set_event_loop(event_loop)
    yield
    asyncio.set_event_loop(None)
    event_loop.close()


@pytest.fixture(scope="module")
def sides(event_loop_of_theirs: None) -> Iterator[Sides]:
    folder = RECORDED if RECORDED.is_dir() else None
    quota = Quota(None, None, None)
    with (
        Simulator(reports=folder, unknown=0.0) as simulator,
        vt.Client("key", host=simulator.url) as theirs,
        Scanner("key", base_url=simulator.url, quota=quota) as ours,
    ):
        yield Sides(theirs, ours)


def recorded() -> Iterator[Any]:
    """The digests of each recorded report, under the name of its file."""
    for path in sorted(RECORDED.glob("*.json")):
        body = json.loads(path.read_bytes())
        attributes = body.get("data", body).get("attributes", {})
        if "sha256" in attributes:
            digests = [attributes[kind] for kind in ("md5", "sha1", "sha256")]
            yield pytest.param(digests, id=path.stem)


RECORDINGS = list(recorded()) or [
    pytest.param([], marks=pytest.mark.skip(reason=f"no recorded reports in {RECORDED}"))
]


@pytest.mark.parametrize("digests", RECORDINGS)
def test_a_recorded_report_says_the_same_to_both(sides: Sides, digests: list[str]) -> None:
    for digest in digests:
        agree(sides, digest)


@pytest.mark.parametrize("number", MADE_UP)
def test_a_made_up_report_says_the_same_to_both(sides: Sides, number: int) -> None:
    for digest in Simulator.sample(number):
        agree(sides, digest)


@pytest.mark.parametrize("digest", Simulator.sample(UNKNOWN))
def test_a_file_that_is_not_there_is_an_error_to_one_and_an_answer_to_the_other(
    sides: Sides, digest: str
) -> None:
    with pytest.raises(vt.APIError) as refused:
        sides.theirs.get_object(f"/files/{digest}")
    assert refused.value.code == "NotFoundError"
    outcome = sides.ours.lookup(digest)
    assert (outcome.status, outcome.report, outcome.error) == ("not_found", None, None)


def agree(sides: Sides, digest: str) -> None:
    theirs = sides.theirs.get_object(f"/files/{digest}")
    ours = sides.ours.lookup(digest).result()
    assert ours is not None
    digests = (str(ours.md5), str(ours.sha1), str(ours.sha256))
    assert digests == (theirs.md5, theirs.sha1, theirs.sha256)
    assert str(ours.sha256) == theirs.id
    assert stats(ours) == {**NO_STATS, **theirs.get("last_analysis_stats", {})}
    assert dates(ours) == [getattr(theirs, name, None) for name in DATES]
    assert fortinet(ours) == plain(theirs.get("last_analysis_results", {}).get("Fortinet"))
    assert ours.size == theirs.get("size")
    assert ours.raw == sides.theirs.get_json(f"/files/{digest}")


NO_STATS = dict.fromkeys((kind.replace("_", "-") for kind in Stats._fields), 0)
DATES = ("last_analysis_date", "first_submission_date", "last_submission_date")


def dates(report: FileReport) -> list[datetime | None]:
    return [report.scan_date, report.first_submission, report.last_submission]


def stats(report: FileReport) -> dict[str, int]:
    return dict(zip(NO_STATS, report.stats, strict=True))


def fortinet(report: FileReport) -> tuple[str, str | None] | None:
    engine = report.engines.get("Fortinet")
    return engine and (engine.category, engine.result)


def plain(engine: Any) -> tuple[str, str | None] | None:
    return engine and (engine["category"], engine["result"])

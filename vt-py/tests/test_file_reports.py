"""VirusTotal's report on one file."""

from __future__ import annotations

import json
import pickle
from datetime import datetime, timezone

import pytest
import vt_core
from scene import CLEAN, DETECTED, report_of
from vt_core import FileReport

ANSWER = {
    "data": {
        "attributes": {
            "md5": CLEAN[0],
            "sha1": CLEAN[1],
            "sha256": CLEAN[2],
            "last_analysis_date": 1_700_000_000,
            "first_submission_date": 1_600_000_000,
            "last_submission_date": 1_650_000_000,
            "last_analysis_results": {
                "Fortinet": {"category": "malicious", "result": "W32/Bad!tr"},
                "Lionic": {"category": "undetected", "engine_name": "AegisLab", "result": None},
                "Slow": {"category": "timeout", "result": None},
            },
            "meaningful_name": "invoice.exe",
            "names": ["invoice.exe", "=1+1"],
            "tags": ["peexe"],
            "type_description": "Win32 EXE",
            "type_tag": "peexe",
            "size": 2**64 - 1,
            "popular_threat_classification": {"suggested_threat_label": "trojan.bad"},
            "reputation": -7,
            "times_submitted": 3,
            "something_new": {"a": [1]},
        }
    }
}


@pytest.fixture
def report() -> FileReport:
    return FileReport.from_json(json.dumps(ANSWER))


def test_every_attribute_is_there(report: FileReport) -> None:
    assert (str(report.md5), str(report.sha1), str(report.sha256)) == CLEAN
    assert (report.detections, report.total, report.status) == (1, 2, "detected")
    assert report.stats == vt_core.Stats(1, 0, 1, 0, 1, 0, 0, 0)
    assert report.stats.total == 2
    assert report.scan_date == datetime.fromtimestamp(1_700_000_000, timezone.utc)
    assert report.first_submission == datetime.fromtimestamp(1_600_000_000, timezone.utc)
    assert report.last_submission == datetime.fromtimestamp(1_650_000_000, timezone.utc)
    assert (report.name, report.names) == ("invoice.exe", ["invoice.exe", "=1+1"])
    assert report.tags == ["peexe"]
    assert (report.type_description, report.type_tag) == ("Win32 EXE", "peexe")
    assert (report.size, report.threat_label) == (2**64 - 1, "trojan.bad")
    assert (report.reputation, report.times_submitted) == (-7, 3)
    assert report.link == f"https://www.virustotal.com/gui/file/{CLEAN[2]}"
    assert repr(report) == f"<FileReport {CLEAN[2]}: 1 of 2>"


def test_engines_are_found_by_virustotals_key_and_by_their_own_name(report: FileReport) -> None:
    assert list(report.engines) == ["Fortinet", "Lionic", "Slow"]
    assert report.engines["Lionic"] == vt_core.EngineResult("AegisLab", "undetected", None)
    assert report.opinion() == vt_core.Opinion("Fortinet", "W32/Bad!tr", is_detection=True)
    assert report.opinion("aegislab").text == "undetected"
    assert report.opinion("slow").text == "not scanned (timeout)"
    assert report.opinion("Nobody").text == "no such engine"


def test_virustotals_answer_is_untouched(report: FileReport) -> None:
    assert report.raw == ANSWER
    assert report.raw_json == json.dumps(ANSWER).encode()


def test_what_is_missing_is_none_or_empty() -> None:
    md5, sha1, sha256 = DETECTED
    digests = {"md5": md5, "sha1": sha1, "sha256": sha256}
    report = FileReport.from_json(json.dumps({"attributes": digests}).encode())
    assert (report.scan_date, report.name, report.size, report.threat_label) == (None,) * 4
    assert (report.names, report.tags, report.engines) == ([], [], {})
    assert report.status == "pending"


def test_reports_are_equal_by_what_they_say_and_can_be_pickled(report: FileReport) -> None:
    again: FileReport = pickle.loads(pickle.dumps(report))
    assert again == report
    assert hash(again) == hash(report)
    assert again.raw_json == report.raw_json
    assert report != report_of(0)
    with pytest.raises(AttributeError):
        report.size = 1  # type: ignore[misc]


@pytest.mark.parametrize("number", [0, 1, *range(3, 10)])
def test_a_report_without_its_body_can_be_pickled(number: int) -> None:
    report = report_of(number)
    maker, arguments = report.__reduce__()
    bare = FileReport._from_summary(arguments[0])
    again: FileReport = pickle.loads(pickle.dumps(bare))
    assert again == bare
    assert (again.raw, again.raw_json) == (None, None)
    assert (again.stats, again.engines, again.name) == (report.stats, report.engines, report.name)
    assert maker(*arguments) == report


@pytest.mark.parametrize("text", ["", "[]", "{}", "<html>", '{"error": {"code": "NotFoundError"}}'])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(vt_core.InvalidReportError):
        FileReport.from_json(text)
    with pytest.raises(ValueError):
        FileReport.from_json(text.encode())

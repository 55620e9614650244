"""A report in all its formats."""

from __future__ import annotations

import csv
import io
import json
import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import vt_core
from scene import CLEAN, DETECTED, PENDING, UNKNOWN
from vt_core import Report
from vt_core.testing import Simulator

HASHES = [DETECTED[0], CLEAN[1], UNKNOWN[2], PENDING[0], Simulator.sample(8)[0]]
COLUMNS = [
    "hash",
    "sha256",
    "status",
    "detections",
    "total",
    "engine",
    "detection_name",
    "threat_label",
    "name",
    "type",
    "size",
    "scan_date",
    "fetched_at",
    "source",
    "link",
    "error",
]


@pytest.fixture(scope="module")
def report() -> Report:
    with vt_core.demo() as scanner:
        return scanner.report(HASHES, title="Incident 7")


def test_a_report_is_a_sequence_of_rows(report: Report) -> None:
    assert len(report) == 5
    assert report[0] == report.rows[0] == report[-5]
    assert isinstance(report[0], vt_core.Row)
    with pytest.raises(IndexError):
        report[5]
    row = report[0]
    assert (str(row.hash), str(row.sha256), row.status) == (DETECTED[0], DETECTED[2], "detected")
    assert row.opinions[0].engine == "Fortinet"
    assert row.opinions[0].is_detection
    assert row.detections is not None
    assert row.total is not None
    assert row.detections < row.total
    assert row.link == f"https://www.virustotal.com/gui/file/{DETECTED[2]}"
    assert (row.source, row.error) == ("virustotal", None)
    assert row.fetched_at is not None
    assert row.scan_date is not None
    assert report[2].sha256 == report[2].hash
    assert (report[2].link, report[2].detections, report[2].size) == (None, None, None)


def test_a_report_says_what_it_is(report: Report) -> None:
    assert (report.title, report.engines) == ("Incident 7", ("Fortinet",))
    assert (datetime.now(timezone.utc) - report.generated_at).total_seconds() < 3_600
    assert report.is_complete
    summary = report.summary
    assert isinstance(summary, vt_core.Summary)
    assert summary._asdict() == {
        "hashes": 5,
        "detected": 2,
        "clean": 1,
        "not_found": 1,
        "pending": 1,
        "errors": 0,
        "answered": 5,
        "from_cache": 0,
        "skipped": None,
        "requests": 5,
    }
    assert repr(report).startswith("<Report: 5 hashes: 2 detected, 1 clean, 1 not found")


def test_a_report_is_equal_by_what_it_says_and_can_be_pickled(report: Report) -> None:
    again: Report = pickle.loads(pickle.dumps(report))
    assert again == report
    assert again.to_csv() == report.to_csv()
    assert again.to_json() == report.to_json()
    assert hash(again) == hash(report)
    with vt_core.demo() as scanner:
        assert report != scanner.report(HASHES[:2])
    with pytest.raises(AttributeError):
        report.title = "another"  # type: ignore[misc]


def test_csv_json_and_ndjson_say_the_same(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(report.to_csv())))
    document = json.loads(report.to_json())
    lines = [json.loads(line) for line in report.to_ndjson().splitlines()]
    assert list(rows[0]) == COLUMNS
    assert document["meta"]["title"] == "Incident 7"
    assert document["summary"]["hashes"] == 5
    assert document["rows"] == lines
    for row, line in zip(rows, lines, strict=True):
        assert row["hash"] == line["hash"]
        assert row["total"] == str(line["total"] or "")
        assert row["status"] == line["status"]


def test_columns_are_those_of_csv_with_values(report: Report) -> None:
    columns = report.columns()
    assert list(columns) == COLUMNS
    assert columns["hash"] == HASHES
    assert columns["total"] == [row.total for row in report.rows]
    assert columns["scan_date"] == [row.scan_date for row in report.rows]
    assert columns["name"] == [row.name for row in report.rows]


def test_each_further_engine_has_two_columns_more() -> None:
    with vt_core.demo() as scanner:
        report = scanner.report(HASHES, engines=["Fortinet", "Avast", "fortinet"])
    columns = report.columns()
    assert report.engines == ("Fortinet", "Avast")
    assert columns["engine_2"] == ["Avast"] * 5
    assert list(columns)[5:9] == ["engine", "detection_name", "engine_2", "detection_name_2"]
    assert report.to_csv().splitlines()[0].replace('"', "").split(",") == list(columns)


def test_html_and_pdf_are_documents(report: Report) -> None:
    assert report.to_html().startswith("<!DOCTYPE html>")
    assert "Incident 7" in report.to_html()
    assert "<script" not in report.to_html()
    assert report.to_pdf().startswith(b"%PDF-")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(report: Report) -> None:
    shown = report._repr_html_()
    assert shown.startswith('<iframe sandbox srcdoc="&lt;!DOCTYPE html&gt;')
    assert "<" not in shown[1:].removesuffix("></iframe>")


def test_print_shows_a_table_as_wide_as_is_wished(report: Report) -> None:
    assert "Incident 7" in str(report)
    assert HASHES[0] in str(report)
    narrow = report.to_table(width=80)
    heading = next(line for line in narrow.splitlines() if " hash " in line)
    assert len(heading) <= 80
    assert "threat label" not in heading
    assert "threat label" in report.to_table(width=200).splitlines()[2]


def test_a_path_gets_the_file_as_a_whole(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("before")
    for write, expected in [
        (report.to_csv, report.to_csv()),
        (report.to_json, report.to_json()),
        (report.to_ndjson, report.to_ndjson()),
        (report.to_html, report.to_html()),
    ]:
        write(path)
        assert path.read_bytes().decode() == expected
    report.to_pdf(str(path))
    assert path.read_bytes() == report.to_pdf()
    assert list(tmp_path.iterdir()) == [path]
    beside = tmp_path / "beside"
    beside.touch()
    assert path.stat().st_mode == beside.stat().st_mode
    with pytest.raises(FileNotFoundError) as raised:
        report.to_csv(tmp_path / "missing" / "report.csv")
    assert raised.value.filename is not None


def test_outcomes_become_a_report() -> None:
    with vt_core.demo() as scanner:
        outcomes = [scanner.lookup(hash) for hash in HASHES]
        report = scanner.report(HASHES)
    again = Report.from_outcomes(outcomes, engines=["Fortinet"], title="Mine")
    assert again.title == "Mine"
    assert again.engines == report.engines
    for one, other in zip(again.rows, report.rows, strict=True):
        assert one._replace(source=None) == other._replace(source=None)
    assert Report.from_outcomes(pickle.loads(pickle.dumps(outcomes))).rows == again.rows
    with pytest.raises(TypeError):
        Report.from_outcomes([5])  # type: ignore[list-item]


def test_errors_are_rows_too() -> None:
    simulator = Simulator()
    simulator.fail("400", hash=CLEAN[0])
    with vt_core.Scanner(simulator=simulator) as scanner:
        report = scanner.report([CLEAN[0], DETECTED[0]])
        outcomes = list(scanner.scan([CLEAN[0]]))
    assert not report.is_complete
    assert report[0].status == "error"
    assert report[0].error is not None
    assert "400" in report[0].error
    assert Report.from_outcomes(outcomes)[0] == report[0]
    assert pickle.loads(pickle.dumps(report)) == report


def test_pandas_has_the_columns_with_their_types(report: Report) -> None:
    pandas = pytest.importorskip("pandas", reason="skipped: no pandas")
    frame = report.to_pandas()
    assert list(frame.columns) == COLUMNS
    assert frame["hash"].tolist() == HASHES
    assert frame["detections"].sum() == sum(row.detections or 0 for row in report.rows)
    assert str(frame["detections"].dtype) == "Int64"
    assert str(frame["size"].dtype) == "UInt64"
    assert str(frame["scan_date"].dt.tz) == "UTC"
    assert frame["scan_date"][0] == report[0].scan_date
    assert pandas.isna(frame["scan_date"][2])
    assert frame[frame["status"] == "detected"].shape[0] == 2


def test_polars_has_the_columns_with_their_types(report: Report) -> None:
    polars = pytest.importorskip("polars", reason="skipped: no polars")
    frame = report.to_polars()
    assert frame.columns == COLUMNS
    assert frame["hash"].to_list() == HASHES
    assert frame["scan_date"].to_list() == [row.scan_date for row in report.rows]
    assert frame.schema["detections"] == polars.UInt32
    assert frame.schema["fetched_at"] == polars.Datetime("us", "UTC")


def test_arrow_has_the_columns_with_their_types(report: Report) -> None:
    pytest.importorskip("pyarrow", reason="skipped: no pyarrow")
    table = report.to_arrow()
    assert table.column_names == COLUMNS
    assert table["name"].to_pylist() == [row.name for row in report.rows]
    assert table["scan_date"].to_pylist() == [row.scan_date for row in report.rows]
    assert "size: uint64" in str(table.schema)


def test_a_report_without_rows_has_its_columns() -> None:
    report = Report.from_outcomes([])
    assert report.columns() == {**{name: [] for name in COLUMNS}}
    makers: list[tuple[str, Callable[[], Any]]] = [
        ("pandas", report.to_pandas),
        ("polars", report.to_polars),
        ("pyarrow", report.to_arrow),
    ]
    for library, make in makers:
        pytest.importorskip(library, reason=f"skipped: no {library}")
        assert make().shape == (0, 16)

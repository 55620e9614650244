"""Reports as data frames. The libraries are only imported by who wants them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Columns = dict[str, list[Any]]
"""Cells by the name of their column. Moments are microseconds since 1970."""

_COUNTS = ("detections", "total")
_TIMES = ("scan_date", "fetched_at")


def to_pandas(columns: Columns) -> pandas.DataFrame:
    import numpy
    import pandas

    frame: dict[str, Any] = {}
    for name, cells in columns.items():
        if name in _COUNTS:
            frame[name] = pandas.array(cells, dtype="Int64")
        elif name == "size":
            frame[name] = pandas.array(cells, dtype="UInt64")
        elif name in _TIMES:
            # The type that says its unit: nanoseconds end in the year 2262.
            moments = numpy.array(cells, dtype="datetime64[us]")
            frame[name] = pandas.DatetimeIndex(moments, tz="UTC")
        else:
            frame[name] = pandas.array(cells, dtype="string")
    return pandas.DataFrame(frame)


def to_polars(columns: Columns) -> polars.DataFrame:
    import polars

    def kind(name: str) -> Any:
        if name in _COUNTS:
            return polars.UInt32
        if name == "size":
            return polars.UInt64
        if name in _TIMES:
            return polars.Int64
        return polars.String

    series = (polars.Series(name, cells, dtype=kind(name)) for name, cells in columns.items())
    frame = polars.DataFrame(series)
    return frame.with_columns(polars.col(_TIMES).cast(polars.Datetime("us", "UTC")))


def to_arrow(columns: Columns) -> pyarrow.Table:
    import pyarrow

    def kind(name: str) -> Any:
        if name in _COUNTS:
            return pyarrow.uint32()
        if name == "size":
            return pyarrow.uint64()
        if name in _TIMES:
            return pyarrow.timestamp("us", "UTC")
        return pyarrow.string()

    arrays: list[Any] = [pyarrow.array(cells, type=kind(name)) for name, cells in columns.items()]
    return pyarrow.table(arrays, names=list(columns))


def in_notebook(page: str, rows: int) -> str:
    """A page of its own in a notebook, so that its style stays in it."""
    height = min(600, 320 + 32 * rows)
    return (
        f'<iframe sandbox srcdoc="{html.escape(page)}" '
        f'style="width: 100%; height: {height}px; border: 0"></iframe>'
    )

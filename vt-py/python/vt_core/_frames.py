"""Reports as data frames. The libraries are only imported by who wants them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

Columns = dict[str, list[Any]]

_COUNTS = ("detections", "total")
_TIMES = ("scan_date", "fetched_at")


def to_pandas(columns: Columns) -> pandas.DataFrame:
    import pandas

    frame: dict[str, Any] = {}
    for name, cells in columns.items():
        if name in _COUNTS:
            frame[name] = pandas.array(cells, dtype="Int64")
        elif name == "size":
            frame[name] = pandas.array(cells, dtype="UInt64")
        elif name in _TIMES:
            frame[name] = pandas.to_datetime(pandas.Series(cells, dtype="object"), utc=True)
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
            return polars.Datetime("us", "UTC")
        return polars.String

    return polars.DataFrame(
        [polars.Series(name, cells, dtype=kind(name)) for name, cells in columns.items()]
    )


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

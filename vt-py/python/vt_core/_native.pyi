"""The native part of the package. Use it through `vt_core`."""

import os
from asyncio import AbstractEventLoop, Future
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, final, overload

import pandas
import polars
import pyarrow
from typing_extensions import Self, disjoint_base

from vt_core._errors import VtError
from vt_core._protocols import Cache, Seconds, Source, Text
from vt_core._values import (
    Allowances,
    EngineResult,
    Found,
    Freshness,
    Imported,
    Metrics,
    Opinion,
    Progress,
    Quota,
    Row,
    Skipped,
    Stats,
    Status,
    StoreStats,
    Summary,
    Usage,
)
from vt_core._values import Source as AnswerSource

__all__ = [
    "Entry",
    "Extraction",
    "FileHash",
    "FileReport",
    "MemoryCache",
    "Outcome",
    "Report",
    "Scan",
    "Scanner",
    "Simulator",
    "SqliteStore",
    "__version__",
    "_end",
    "_is_text",
    "cache_rules",
    "check_cache",
    "extract_hashes",
    "panic",
    "panic_async",
]

__version__: Final[str]

@final
class FileHash:
    """An MD5, SHA-1 or SHA-256 digest of a file.

    `str` gives lower-case hex, `bytes` the digest. Hashes order by kind (MD5 first),
    then by value.
    """

    def __new__(cls, digest: FileHash | str) -> Self:
        """From 32, 40 or 64 hex digits of any case; blanks around them do not matter.

        Raises `InvalidHashError`.
        """

    @classmethod
    def from_bytes(cls, digest: bytes) -> Self:
        """From a digest of 16, 20 or 32 bytes."""

    @property
    def kind(self) -> Literal["md5", "sha1", "sha256"]: ...
    def __bytes__(self) -> bytes: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __lt__(self, other: FileHash, /) -> bool: ...
    def __le__(self, other: FileHash, /) -> bool: ...
    def __gt__(self, other: FileHash, /) -> bool: ...
    def __ge__(self, other: FileHash, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[type[FileHash], tuple[str]]: ...

@final
class Extraction:
    """The hashes of a text, each once, in the order in which they first stand there.

    It has a length and can be iterated over without a list being made.
    """

    @property
    def hashes(self) -> list[FileHash]: ...
    @property
    def found(self) -> list[Found]:
        """The hashes with the line they first stand on, and how often they do."""

    @property
    def empty_file(self) -> list[Found]:
        """Of these, the digests of the empty file: usually a log's way to say that
        there was nothing to hash."""

    @property
    def skipped(self) -> list[Skipped]:
        """The first 1,000 pieces that look like a hash and were not taken for one."""

    @property
    def skipped_total(self) -> int: ...
    @property
    def skipped_by_reason(self) -> dict[str, int]: ...
    @property
    def lines(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def encoding(self) -> str: ...
    def __len__(self) -> int: ...
    def __getitem__(self, at: int, /) -> FileHash: ...
    def __iter__(self) -> Iterator[FileHash]: ...

def extract_hashes(source: Text) -> Extraction:
    """Finds the hashes in a text.

    `source` is the text (`str`, `bytes`, `bytearray`, `memoryview`), the path of a
    file (`pathlib.Path`; a `str` is a text), or an open file. Text in UTF-8, Latin-1
    or UTF-16 is read as it is; gigabytes take seconds, in little memory. Other
    threads run meanwhile.
    """

@final
class FileReport:
    """VirusTotal's report on one file.

    Only the digests are certain; what VirusTotal does not say is None or empty. Names,
    tags and labels are chosen by others: treat them as hostile.
    """

    @classmethod
    def from_json(cls, json: str | bytes) -> Self:
        """Reads VirusTotal's answer, with or without its `data` envelope.

        Raises `InvalidReportError` where there is no report in it.
        """

    @classmethod
    def _from_summary(cls, json: str | bytes) -> Self: ...
    @property
    def md5(self) -> FileHash: ...
    @property
    def sha1(self) -> FileHash: ...
    @property
    def sha256(self) -> FileHash: ...
    @property
    def stats(self) -> Stats: ...
    @property
    def detections(self) -> int:
        """Engines that call the file malicious."""

    @property
    def total(self) -> int:
        """Engines that gave an opinion."""

    @property
    def status(self) -> Literal["detected", "clean", "pending"]: ...
    @property
    def engines(self) -> dict[str, EngineResult]:
        """What each engine said, by VirusTotal's key for it."""

    def opinion(self, engine: str = "Fortinet") -> Opinion:
        """What one engine said, whatever the case of its name."""

    @property
    def scan_date(self) -> datetime | None:
        """When the file was last analysed."""

    @property
    def first_submission(self) -> datetime | None: ...
    @property
    def last_submission(self) -> datetime | None: ...
    @property
    def name(self) -> str | None:
        """The name VirusTotal holds for the most telling one, else the first."""

    @property
    def names(self) -> list[str]: ...
    @property
    def tags(self) -> list[str]: ...
    @property
    def type_description(self) -> str | None:
        """The file type in words, such as `Win32 EXE`."""

    @property
    def type_tag(self) -> str | None: ...
    @property
    def size(self) -> int | None:
        """In bytes."""

    @property
    def threat_label(self) -> str | None:
        """The name most engines agree on, such as `trojan.zbot/msil`."""

    @property
    def reputation(self) -> int | None:
        """The community's score; negative is bad."""

    @property
    def times_submitted(self) -> int | None: ...
    @property
    def link(self) -> str:
        """The file's page on VirusTotal."""

    @property
    def raw(self) -> dict[str, Any] | None:
        """VirusTotal's answer, untouched. Parsed each time it is asked for."""

    @property
    def raw_json(self) -> bytes | None:
        """VirusTotal's answer, byte for byte; None if it was not kept."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Callable[[bytes], FileReport], tuple[bytes]]: ...

@final
class Outcome:
    """What came of one hash: an answer, or why there is none."""

    @property
    def hash(self) -> FileHash: ...
    @property
    def status(self) -> Status: ...
    @property
    def report(self) -> FileReport | None:
        """None if VirusTotal does not have the file, and if there is no answer."""

    @property
    def error(self) -> VtError | None:
        """Why there is no answer."""

    @property
    def source(self) -> AnswerSource | None:
        """Where the answer is from: `joined` is a request that was sent for another
        digest of the file, or for somebody else."""

    @property
    def fetched_at(self) -> datetime | None:
        """When VirusTotal gave the answer."""

    def result(self) -> FileReport | None:
        """The report, or None if VirusTotal does not have the file. Raises the error
        if there is no answer."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Callable[..., Outcome], tuple[Any, ...]]: ...

@final
class Report:
    """A row for each hash, in the order of the input. It has a length and rows by
    number; `print` shows it as a table."""

    @classmethod
    def from_outcomes(
        cls,
        outcomes: Iterable[Outcome],
        *,
        engines: Sequence[str] | None = None,
        title: str | None = None,
    ) -> Self:
        """A report of outcomes, in their order."""

    @property
    def title(self) -> str: ...
    @property
    def generated_at(self) -> datetime: ...
    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that are shown."""

    @property
    def rows(self) -> list[Row]: ...
    @property
    def summary(self) -> Summary: ...
    @property
    def is_complete(self) -> bool:
        """Whether every hash has an answer."""

    def columns(self) -> dict[str, list[Any]]:
        """The columns under their names in CSV, each a list with a cell for each row."""

    @overload
    def to_csv(self, path: None = None) -> str:
        """As CSV that no spreadsheet takes for formulas. With a path, the file there
        is replaced, or left as it was if that fails."""

    @overload
    def to_csv(self, path: str | os.PathLike[str]) -> None: ...
    @overload
    def to_json(self, path: None = None) -> str:
        """As one JSON document with `meta`, `summary` and `rows`."""

    @overload
    def to_json(self, path: str | os.PathLike[str]) -> None: ...
    @overload
    def to_ndjson(self, path: None = None) -> str:
        """As one JSON object on each line."""

    @overload
    def to_ndjson(self, path: str | os.PathLike[str]) -> None: ...
    @overload
    def to_html(self, path: None = None) -> str:
        """As one page without scripts."""

    @overload
    def to_html(self, path: str | os.PathLike[str]) -> None: ...
    @overload
    def to_pdf(self, path: None = None) -> bytes:
        """As pages to print or to send; about a second for 15,000 rows."""

    @overload
    def to_pdf(self, path: str | os.PathLike[str]) -> None: ...
    def to_table(self, *, width: int | None = None) -> str:
        """As a table for a terminal of so many columns; by default the one there is."""

    def to_pandas(self) -> pandas.DataFrame:
        """As a pandas data frame (`pip install vt-core[pandas]`)."""

    def to_polars(self) -> polars.DataFrame:
        """As a Polars data frame (`pip install vt-core[polars]`)."""

    def to_arrow(self) -> pyarrow.Table:
        """As an Arrow table (`pip install vt-core[arrow]`)."""

    def __len__(self) -> int: ...
    def __getitem__(self, at: int, /) -> Row: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Callable[..., Report], tuple[Any, ...]]: ...
    def _repr_html_(self) -> str: ...

@final
class Scan:
    """The outcomes of a scan as they come, for `for` and for `async for`.

    Several threads or tasks may share one: each outcome goes to one of them. Dropping
    it stops what it alone was waiting for.
    """

    def __iter__(self) -> Self: ...
    def __next__(self) -> Outcome: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[Outcome]: ...
    def _take(self) -> Outcome | None: ...
    def _fill(self, event_loop: AbstractEventLoop) -> Future[bool]: ...

@disjoint_base
class Scanner:
    """What `vt_core.Scanner` is made of."""

    def __new__(
        cls,
        api_key: str | None = None,
        *,
        cache: Cache | MemoryCache | SqliteStore | str | os.PathLike[str] | None = None,
        ledger: SqliteStore | str | os.PathLike[str] | None = None,
        quota: Quota | None = None,
        base_url: str | None = None,
        user: str | None = None,
        user_agent: str | None = None,
        proxy: str = "system",
        timeout: Seconds | None = None,
        freshness: Freshness | None = None,
        pace: Literal["greedy", "spread"] = "greedy",
        offline: bool = False,
        max_in_flight: int | None = None,
        check_quota: bool | None = None,
        simulator: Simulator | None = None,
    ) -> Self: ...
    def lookup(
        self,
        hash: FileHash | str,
        *,
        timeout: Seconds | None = None,
        max_age: Seconds | None = None,
        refresh: bool = False,
    ) -> Outcome:
        """Answers one hash, and waits for the quota if it has to.

        With a `timeout` in seconds it raises `PendingError` if there is no answer by
        then. `max_age` is how old an answer from the cache may be, in seconds;
        `refresh` takes none that is older than this call. Other threads run meanwhile,
        and Ctrl-C works.

        Raises a `VtError` that says why where there is no answer.
        """

    def scan(
        self,
        source: Source,
        *,
        progress: Callable[[Progress], object] | None = None,
        max_age: Seconds | None = None,
        refresh: bool = False,
    ) -> Scan:
        """Answers hashes as the answers come: one outcome for each hash given.

        `source` is an iterable of hashes, or any text to find them in, as for
        `extract_hashes`. `progress` is called four times a second on the thread that
        waits; in `async for` on that of its event loop.
        """

    def report(
        self,
        source: Source,
        *,
        engines: Sequence[str] | None = None,
        title: str | None = None,
        progress: Callable[[Progress], object] | None = None,
        max_age: Seconds | None = None,
        refresh: bool = False,
    ) -> Report:
        """Answers hashes and makes a report of them, each once and in their order.

        `engines` are those whose word is shown; by default Fortinet. What has no answer
        is a row with an `error`. If this is interrupted, what was answered is in the
        cache, and the same call goes on from there.
        """

    def quota(self) -> Usage:
        """What the key has spent, by the books."""

    def check_quota(self) -> Allowances:
        """What VirusTotal itself has counted, and corrects the books by it. Free.

        Without `user` the key is part of the address that is asked.
        """

    @property
    def metrics(self) -> Metrics: ...
    def close(self) -> None:
        """Waits until what is under way, and so is paid for, is kept; from then on
        every call raises `ClosedError`."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def _lookup_async(
        self,
        hash: FileHash | str,
        *,
        timeout: Seconds | None = None,
        max_age: Seconds | None = None,
        refresh: bool = False,
    ) -> Future[Outcome]: ...
    def _report_async(
        self,
        source: Source,
        *,
        engines: Sequence[str] | None = None,
        title: str | None = None,
        progress: Callable[[Progress], object] | None = None,
        max_age: Seconds | None = None,
        refresh: bool = False,
    ) -> Future[Report]: ...
    def _quota_async(self) -> Future[Usage]: ...
    def _check_quota_async(self) -> Future[Allowances]: ...
    def _close_async(self) -> Future[None]: ...

@final
class Entry:
    """An answer as a cache keeps it. It can be pickled; or keep `report.raw_json` and
    `fetched_at`, and make it again with `FileReport.from_json`."""

    @classmethod
    def found(cls, report: FileReport, fetched_at: datetime) -> Self: ...
    @classmethod
    def not_found(cls, hash: FileHash | str, fetched_at: datetime) -> Self: ...
    @property
    def report(self) -> FileReport | None:
        """None if VirusTotal does not have the file."""

    @property
    def fetched_at(self) -> datetime: ...
    @property
    def hashes(self) -> tuple[FileHash, ...]:
        """Every hash that this answers: all digests of the file, or the one that
        VirusTotal does not know."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Callable[..., Entry], tuple[Any, ...]]: ...

@final
class MemoryCache:
    """Answers in memory, some 6,000 reports by default; what was used least is
    forgotten first. Several scanners may share one."""

    def __new__(cls, capacity: int = 268435456) -> Self:
        """An empty cache of so many bytes."""

    def get(self, hashes: Sequence[FileHash | str]) -> list[Entry | None]: ...
    def put(self, entries: Sequence[Entry]) -> None: ...
    def evict(self, fetched_before: datetime) -> int:
        """Forgets what was fetched before a moment; says how many answers."""

@final
class SqliteStore:
    """Answers and the books of the quota in one SQLite file, which several programs may
    use at once, the command line among them.

    Do not open the file with Python's `sqlite3` in the same process: that would take
    away the locks of this one. To look into it with other tools, make a `backup`.
    """

    def __new__(
        cls,
        path: str | os.PathLike[str],
        *,
        base_url: str = "https://www.virustotal.com",
        max_bytes: int | None = None,
    ) -> Self:
        """Opens the file, and makes it if it is not there, for the answers of one
        server. Raises `StoreError`."""

    @property
    def path(self) -> Path: ...
    @property
    def quarantined(self) -> Path | None:
        """Where a damaged file was moved to when this one was opened."""

    def get(self, hashes: Sequence[FileHash | str]) -> list[Entry | None]: ...
    def put(self, entries: Sequence[Entry]) -> None: ...
    def evict(self, fetched_before: datetime) -> int:
        """Forgets what was fetched before a moment; says how many answers."""

    def stats(self) -> StoreStats: ...
    def export(self, path: str | os.PathLike[str]) -> int:
        """Writes every answer to a file, one JSON object on each line; says how many."""

    def import_file(self, path: str | os.PathLike[str]) -> Imported:
        """Takes in what `export` wrote, where it is newer than what is there."""

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copies the file as it is at this moment. A file that is there already is not
        replaced."""

@final
class Simulator:
    """VirusTotal's stand-in with made-up files, or recorded reports.

    Give it to a `Scanner` as `simulator=`, or take its `url` as a `base_url`: it then
    listens on this machine until it is closed.
    """

    def __new__(
        cls,
        *,
        per_minute: int | None = None,
        per_day: int | None = None,
        per_month: int | None = None,
        key: str | None = None,
        reports: str | os.PathLike[str] | None = None,
        unknown: float | None = None,
        latency: Seconds | None = None,
        seed: int = 0,
    ) -> Self:
        """- `per_minute`, `per_day`, `per_month`: its limits; by default none.
        - `key`: the one key it accepts; by default any.
        - `reports`: a folder of recorded answers.
        - `unknown`: the share of files that it does not know, from 0 to 1.
        - `latency`: how long it thinks, in seconds.
        """

    @property
    def url(self) -> str: ...
    @property
    def requests(self) -> int:
        """How many requests came in."""

    def wait_for_requests(self, requests: int, *, timeout: Seconds | None = None) -> bool:
        """Waits until so many have come in. False if they have not in time."""

    def fail(self, fault: str, *, hash: str | None = None, always: bool = False) -> None:
        """Makes the next request, every one for a hash, or every one at all fail.

        `fault` is written as for the program vt-sim, such as `429`, `503:html`,
        `hangup`, `reset` or `slow-body:1s`.
        """

    def recover(self) -> None:
        """Nothing fails any more."""

    @staticmethod
    def sample(number: int) -> tuple[str, str, str]:
        """MD5, SHA-1 and SHA-256 of a file it knows. Number 0 is clean, 1 detected, 2
        unknown, 3 still being analysed; from 10 on chance decides."""

    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

def cache_rules() -> tuple[str, ...]: ...
def check_cache(rule: str, cache: Cache | MemoryCache | SqliteStore) -> None:
    """Holds an empty cache against one rule of the contract.

    Raises `AssertionError` that says what is wrong.
    """

def panic(text: str) -> None:
    """Panics in native code, which raises `InternalError`: for tests of what a program
    does then."""

def panic_async(text: str) -> Future[None]:
    """As `panic`, in a task."""

def _end() -> None: ...
def _is_text(source: object) -> bool: ...

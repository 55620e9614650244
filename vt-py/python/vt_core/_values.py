"""Values without behaviour of their own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from vt_core._native import FileHash

Status: TypeAlias = Literal["detected", "clean", "not_found", "pending", "error"]
Source: TypeAlias = Literal["cache", "virustotal", "joined"]


class Quota(NamedTuple):
    """How many requests a key may send; None is no limit.

    The defaults are those of a free key.
    """

    per_minute: int | None = 4
    """Requests in any 60 seconds."""
    per_day: int | None = 500
    """Requests in a UTC day."""
    per_month: int | None = 15_500
    """Requests in a UTC month."""


class Freshness(NamedTuple):
    """How long each kind of answer stays good after it was fetched."""

    found: timedelta = timedelta(hours=24)
    """A report."""
    not_found: timedelta = timedelta(hours=6)
    """"Not found"."""
    pending: timedelta = timedelta(minutes=30)
    """A report on a file that is still being analysed."""


class Usage(NamedTuple):
    """What a key has spent, by the books."""

    at: datetime
    """When this was read."""
    quota: Quota
    """The limits it is held against."""
    minute: int
    """Places taken in the current 60 seconds."""
    day: int
    """Requests charged to the current UTC day."""
    month: int
    """Requests charged to the current UTC month."""
    left: int | None
    """How many more fit into the day and the month; None without such limits."""
    blocked_for: timedelta
    """How long nothing may be sent because VirusTotal refused or is out of reach."""
    external_use: datetime | None
    """When VirusTotal last refused what the books had room for: then somebody
    else sends with the same key."""


class Allowance(NamedTuple):
    """One limit and its use, by VirusTotal's own count."""

    used: int
    allowed: int
    is_shared: bool
    """Whether it is a group's, so that other keys use it up too."""


class Allowances(NamedTuple):
    """What a key may send and has sent, by VirusTotal's own count."""

    hourly: Allowance | None
    daily: Allowance | None
    monthly: Allowance | None


class Metrics(NamedTuple):
    """What a scanner has done so far."""

    requests: int
    """Requests that were sent, the failed ones included."""
    retries: int
    """Of these, those that asked once more what had failed seconds before."""
    cached: int
    """Hashes that were answered by the cache."""
    joined: int
    """Hashes that were answered by a request sent for something else."""
    errors: int
    """Hashes that had an error as their outcome."""
    refused: int
    """Requests that VirusTotal refused because the quota is used up."""
    transient: int
    """Requests that failed in a way that may pass."""
    permanent: int
    """Requests that failed, and always will."""
    unauthorized: int
    """Requests whose key was refused."""


class Progress(NamedTuple):
    """How far a scan is."""

    total: int
    """How many hashes there are."""
    done: int
    """How many outcomes there were."""
    cached: int
    """Of these, how many came from the cache."""
    found: int
    """Of these, how many files VirusTotal has."""
    not_found: int
    """Of these, how many files VirusTotal does not have."""
    errors: int
    """Of these, how many have no answer."""
    requests_left: int
    """How many requests are to be sent before this scan is done."""
    waits_for: str | None
    """What it waits for, such as "minute limit", if it is not for a reply."""
    waits_until: datetime | None
    """When that is looked at again, at the latest."""
    eta: datetime | None
    """When it will be done, if nobody else comes or goes."""


class Found(NamedTuple):
    """A hash that was found in a text."""

    hash: FileHash
    line: int
    """The line it first stands on, from 1."""
    times: int
    """How often it stands in the text."""


class Skipped(NamedTuple):
    """A piece of a text that looks like a hash and was not taken for one."""

    line: int
    """The line it stands on, from 1."""
    text: str
    """The digits, cut at 128."""
    reason: str
    """Why it was not taken."""


class Stats(NamedTuple):
    """How many engines said what: VirusTotal's eight categories."""

    malicious: int
    suspicious: int
    undetected: int
    harmless: int
    timeout: int
    confirmed_timeout: int
    failure: int
    type_unsupported: int

    @property
    def total(self) -> int:
        """Engines that gave an opinion: the first four."""
        return self.malicious + self.suspicious + self.undetected + self.harmless


class EngineResult(NamedTuple):
    """What one engine said of a file."""

    name: str
    """The engine's own name, which may differ from VirusTotal's key for it."""
    category: str
    """What kind of answer it gave: one of VirusTotal's categories."""
    result: str | None
    """The name it gives the malware."""


class Opinion(NamedTuple):
    """What one engine says of a file, as a report shows it."""

    engine: str
    """The engine's name as it was chosen."""
    text: str | None
    """The name it gives the malware, "undetected", "not scanned (...)" or
    "no such engine"; None where there is no analysis."""
    is_detection: bool
    """Whether the engine detects the file, so that `text` is its name for it."""


class Row(NamedTuple):
    """What a report says of one hash."""

    hash: FileHash
    sha256: FileHash | None
    status: Status
    detections: int | None
    """Engines that call the file malicious."""
    total: int | None
    """Engines that gave an opinion."""
    opinions: tuple[Opinion, ...]
    """What each chosen engine says."""
    threat_label: str | None
    name: str | None
    type: str | None
    size: int | None
    """In bytes."""
    scan_date: datetime | None
    """When the file was last analysed."""
    fetched_at: datetime | None
    """When VirusTotal gave the answer; None where there is none."""
    source: Literal["cache", "virustotal"] | None
    link: str | None
    """The file's page on VirusTotal."""
    error: str | None
    """Why there is no answer."""


class Summary(NamedTuple):
    """A report in numbers."""

    hashes: int
    detected: int
    clean: int
    not_found: int
    pending: int
    errors: int
    answered: int
    """Rows that have an answer."""
    from_cache: int
    """Rows whose answer was in the cache."""
    skipped: int | None
    """Pieces of the input that were not taken for a hash, if known."""
    requests: int | None
    """Requests sent to VirusTotal, if known."""


class StoreStats(NamedTuple):
    """What a SQLite file holds."""

    found: int
    """Files that VirusTotal has."""
    not_found: int
    """Digests that VirusTotal did not know."""
    oldest: datetime | None
    newest: datetime | None
    bytes: int
    """Size of the file."""


class Imported(NamedTuple):
    """What became of answers that were taken in."""

    taken: int
    known: int
    """Answers no newer than what was there."""
    refused: int
    """Lines that hold no answer."""
    first_refused: int | None
    """The first line that was refused, from 1."""

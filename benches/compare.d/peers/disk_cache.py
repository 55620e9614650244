"""The package diskcache: `disk_cache.py FOLDER LIST COUNT`.

The folder is made with the hashes that are then asked for, if it is not there.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from pathlib import Path

import diskcache

ANSWER = {
    "status": "malicious",
    "detections": 48,
    "total": 72,
    "name": "invoice_2026_11.exe",
    "type": "Win32 EXE",
    "size": 481_280,
    "threat_label": "trojan.agent/generic",
    "scan_date": "2026-11-19T08:12:44Z",
    "fetched_at": "2026-11-20T10:00:00Z",
}


def main() -> None:
    folder, path, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with path.open() as lines:
        hashes = [line.strip() for line in islice(lines, count)]
    cache = diskcache.Cache(str(folder), eviction_policy="none", cull_limit=0)
    if len(cache) < count:
        with cache.transact():
            for hash in hashes:
                cache[hash] = ANSWER
    start = time.perf_counter()
    answers = sum(cache[hash]["total"] == 72 for hash in hashes)
    seconds = time.perf_counter() - start
    cache.close()
    print(json.dumps({"seconds": seconds, "answers": answers}))


if __name__ == "__main__":
    main()

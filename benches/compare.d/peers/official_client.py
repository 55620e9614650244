"""VirusTotal's own client, the package vt-py: `official_client.py URL LIST COUNT`.

Its asynchronous calls, 64 under way at once; imports are not in the figures.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import vt

IN_FLIGHT = 64


def main() -> None:
    url, path, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    with path.open() as lines:
        hashes = [line.strip() for line in islice(lines, count)]
    start, start_cpu = time.perf_counter(), time.process_time()
    answers = asyncio.run(fetch(url, hashes))
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    print(json.dumps({"seconds": seconds, "cpu": cpu, "answers": answers}))


async def fetch(url: str, hashes: list[str]) -> int:
    left = iter(hashes)
    async with vt.Client("compare", host=url) as client:
        return sum(await asyncio.gather(*(ask(client, left) for _ in range(IN_FLIGHT))))


async def ask(client: vt.Client, left: Iterator[str]) -> int:
    answers = 0
    for hash in left:
        file = await client.get_object_async("/files/{}", hash)
        assert file.sha256 == hash
        answers += 1
    return answers


if __name__ == "__main__":
    main()

"""A report as a script of one's own makes it: the cache is a table keyed by the
hash, and each hash of the list is looked up where it is met.

    usual_report.py connect DATABASE LIST COUNT     a connection per lookup, as in a web handler
    usual_report.py open DATABASE LIST COUNT        a query per hash on one connection

The report goes to standard output, as CSV.
"""

from __future__ import annotations

import csv
import re
import sqlite3
import sys
from itertools import islice
from pathlib import Path

HASH = re.compile(r"\b(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})\b")
COLUMNS = (
    "hash", "sha256", "status", "detections", "total", "name", "type", "size", "threat_label",
    "scan_date", "fetched_at", "link",
)  # fmt: skip


def main() -> None:
    job, database, path, count = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    connection = sqlite3.connect(database)
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    with path.open() as lines:
        for line in islice(lines, count):
            match = HASH.search(line)
            if match is None:
                continue
            hash = match.group().lower()
            if job == "connect":
                connection.close()
                connection = sqlite3.connect(database)
            cursor = connection.cursor()
            cursor.execute("SELECT * FROM reports WHERE hash = ?", (hash,))
            row = cursor.fetchone()
            if row is not None:
                writer.writerow((*row, f"https://www.virustotal.com/gui/file/{row[1]}"))


if __name__ == "__main__":
    main()

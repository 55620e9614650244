"""The hashes of a file, each once, in their order: `re` and a dict."""

from __future__ import annotations

import re
import sys
from pathlib import Path

HASH = re.compile(rb"\b(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})\b")

print(len(dict.fromkeys(HASH.findall(Path(sys.argv[1]).read_bytes()))))

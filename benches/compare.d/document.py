"""The table as the page docs/performance.md."""

from __future__ import annotations

from datetime import datetime, timezone

from table import Line, Reached, Table

ABOUT = """\
Figures of one run. What a line compares took turns on the same machine, run by run, after a
round that warmed up; they are medians. Times drift with what else the machine does, ratios
less: compare within a line. Each side is checked for the right number of answers. Extraction,
reports and starts are whole processes, timed from outside; what is cached, written and fetched
is the work alone. What a peer prints goes into a file, since GNU grep ends at the first match
when nobody reads on. A ratio beside a goal of the kind `>= 7x` is how many times as fast as
the peer we are; beside `<= 2x`, how many times as long we take.
What stands in the way of a goal: [performance-limits.md](performance-limits.md)."""

HEAD = ("work", "ours", "peer", "ratio", "goal", "reached")


def of(table: Table, head: list[str], command: str, runs: int) -> str:
    date = datetime.now(timezone.utc).date().isoformat()
    missed = sum(line.reached is Reached.NO for line in table.lines)
    goals = sum(line.reached is not Reached.OPEN for line in table.lines)
    parts = [
        "# Performance",
        ABOUT,
        "\n".join(
            [f"* Measured {date} with `{command}`, {runs} runs of each side.", *map(item, head)]
        ),
        f"{goals - missed} of {goals} goals are reached.",
        "\n".join([row(HEAD), row(["---"] * len(HEAD)), *map(cells, table.lines)]),
    ]
    if table.notes:
        parts.append("\n".join(map(item, table.notes)))
    return "\n\n".join(parts) + "\n"


def item(text: str) -> str:
    return f"* {text}"


def cells(line: Line) -> str:
    return row([line.work, line.ours, line.peer, line.ratio, line.goal, line.reached.value])


def row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"

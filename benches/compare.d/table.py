"""Lines of the table: our figure, a peer's, and whether the goal is reached."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reached(Enum):
    """Whether a goal is reached."""

    YES = "yes"
    NO = "**no**"
    OPEN = "-"


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    work: str
    ours: str
    peer: str
    ratio: str
    goal: str
    reached: Reached


@dataclass(frozen=True)
class Side:
    """What one did, by its name; `amount` things in `seconds`."""

    name: str
    seconds: float
    amount: float = 1.0

    def speed(self) -> float:
        return self.amount / self.seconds

    def text(self, unit: str) -> str:
        if unit == "s":
            return f"{self.name}: {self.seconds:.3f} s"
        if unit == "us":
            return f"{self.name}: {self.seconds / self.amount * 1e6:,.0f} us"
        if unit == "ms":
            return f"{self.name}: {self.seconds * 1e3:.2f} ms"
        return f"{self.name}: {self.speed():,.0f} {unit}/s"


class Table:
    """Lines in the order in which they are known, and notes below them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.notes: list[str] = []

    def faster(
        self, work: str, ours: Side, peer: Side, at_least: float | None = None, unit: str = "s"
    ) -> None:
        """How many times as fast as the peer we are."""
        ratio = ours.speed() / peer.speed()
        goal = "-" if at_least is None else f">= {at_least:g}x"
        reached = Reached.OPEN if at_least is None else told(ratio >= at_least)
        texts = (ours.text(unit), peer.text(unit))
        self._add(Line(work, *texts, f"{ratio:.2f}x", goal, reached))

    def slower(self, work: str, ours: Side, peer: Side, at_most: float, unit: str = "s") -> None:
        """How many times as long as the peer we take."""
        ratio = peer.speed() / ours.speed()
        texts = (ours.text(unit), peer.text(unit))
        self._add(Line(work, *texts, f"{ratio:.2f}", f"<= {at_most:g}x", told(ratio <= at_most)))

    def bound(self, work: str, figure: float, unit: str, goal: float, *, least: bool) -> None:
        """A figure of ours alone, held against a number."""
        is_reached = figure >= goal if least else figure <= goal
        sign = ">=" if least else "<="
        ours = f"{shown(figure)} {unit}"
        self._add(Line(work, ours, "-", "-", f"{sign} {goal:,g} {unit}", told(is_reached)))

    def alone(self, work: str, figure: float, unit: str) -> None:
        """A figure without a goal."""
        self._add(Line(work, f"{shown(figure)} {unit}", "-", "-", "-", Reached.OPEN))

    def missing(self, work: str, why: str, goal: str, *, is_ours: bool) -> None:
        """What cannot be measured: a goal of ours is then missed, a peer's is open."""
        ours, peer = (why, "-") if is_ours else ("-", why)
        reached = Reached.NO if is_ours else Reached.OPEN
        self._add(Line(work, ours, peer, "-", goal, reached))

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def _add(self, line: Line) -> None:
        self.lines.append(line)
        parts = (line.work, line.ours, line.peer, line.ratio, line.goal, line.reached.value)
        print(" | ".join(parts), flush=True)


def told(is_reached: bool) -> Reached:
    return Reached.YES if is_reached else Reached.NO


def shown(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"

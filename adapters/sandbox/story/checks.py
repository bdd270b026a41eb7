"""What the story claims: checks, the steps they belong to, and the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from adapters.sandbox.story.world import World


@dataclass(frozen=True, slots=True)
class Check:
    """One claim: it holds when what was seen is what was expected."""

    what: str
    expected: Any  # JSON
    seen: Any  # JSON

    @property
    def ok(self) -> bool:
        """Whether the claim holds; true and 1 are not the same."""
        return type(self.expected) is type(self.seen) and bool(self.expected == self.seen)

    def document(self) -> dict[str, Any]:
        """Return its stable form (design, section 11)."""
        return {"what": self.what, "expected": self.expected, "seen": self.seen, "ok": self.ok}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story and what was checked in it; a step that checked nothing proves nothing."""

    name: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether everything in it holds."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    def document(self) -> dict[str, Any]:
        """Return its stable form (design, section 11)."""
        return {"name": self.name, "ok": self.ok, "checks": [check.document() for check in self.checks]}


@dataclass(frozen=True, slots=True)
class Chapter:
    """A step as it is to be told."""

    name: str
    tell: Callable[[World], Iterator[Check]]


def tell(chapters: Sequence[Chapter], world: World) -> Iterator[Step]:
    """Tell one chapter after the other; after one that broke off the others are reported as not reached."""
    broken = False
    for chapter in chapters:
        if broken:
            yield Step(chapter.name, (Check("the step is reached", expected=True, seen=False),))
            continue
        checks: list[Check] = []
        try:
            # Checks made before a break are kept: the list takes one after the other.
            checks.extend(chapter.tell(world))
        except Exception as error:  # noqa: BLE001 - the edge of the story: a break is a failed check, and ends it
            broken = True
            checks.append(Check("the step runs to its end", "no error", f"{type(error).__name__}: {error}"))
        yield Step(chapter.name, tuple(checks))


def report(steps: Sequence[Step]) -> dict[str, Any]:
    """Return the report of a run (design, section 11)."""
    return {"ok": bool(steps) and all(step.ok for step in steps), "steps": [step.document() for step in steps]}


def told(number: int, step: Step) -> list[str]:
    """Return a step in words: one line, and under it every check that failed."""
    lines = [f"{number:>2} {step.name}: {'ok' if step.ok else 'FAILED'} ({len(step.checks)} checks)"]
    for check in step.checks:
        if not check.ok:
            lines += [f"     {check.what}", f"       expected {check.expected!r}", f"       seen     {check.seen!r}"]
    return lines

"""Runs one target with Atheris (libFuzzer, guided by coverage) in a process of its own: it ends that process.

Where there is no Atheris (other systems than Linux on x86-64), a mutator of our own without coverage does what it can.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import random
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[2]
GUIDED = importlib.util.find_spec("atheris") is not None
_LONGEST_BYTES = 4096
#: Whose branches guide the fuzzer.
_OURS = ["consent", "registry", "schemas"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run found: nothing, or the end of what it wrote."""

    executions: int
    fault: str | None


def run(target: str, folder: Path, *, seeds: Sequence[bytes], seconds: int, seed: int, more: Sequence[str] = ()) -> Ran:
    """Let a process of its own try a target.

    Args:
        target: module:name of the table that has it, and its name there: "tests.second.targets:json".
        folder: for the corpus, and for the input that breaks a promise.
        more: handed to the target's module, which prepares itself with it.
    """
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(one)
    command = [sys.executable, "-m", "tests.second.fuzzing", target, str(folder), str(seconds), str(seed), *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds + 120)
    said = done.stdout + done.stderr
    found = re.search(r"number_of_executed_units: +(\d+)", said)
    told = "\n".join(line for line in said.splitlines() if not line.startswith(("INFO: ", "stat::", "#")))
    return Ran(int(found[1]) if found else 0, told[-4000:] if done.returncode else None)


def unguided(target: Callable[[bytes], None], corpus: Path, *, seconds: int, seed: int) -> int:
    """Try seeds with bytes changed, cut, doubled and spliced; return how many."""
    dice = random.Random(seed)  # noqa: S311 - to be the same each time
    seeds = [path.read_bytes() for path in sorted(corpus.iterdir())] or [b""]
    end, tried = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        target(mangled(dice.choice(seeds), dice.choice(seeds), dice))
        tried += 1
    return tried


def mangled(one: bytes, other: bytes, dice: random.Random) -> bytes:
    """Return bytes that are a little or much different."""
    changed = bytearray(one)
    for _ in range(dice.randint(1, 4)):
        at = dice.randint(0, len(changed))
        match dice.randrange(5):
            case 0:
                changed[at : at + 1] = dice.randbytes(1)
            case 1:
                del changed[at : at + dice.randint(1, 8)]
            case 2:
                changed[at:at] = dice.randbytes(dice.randint(1, 8))
            case 3:
                changed[at:at] = changed[at : at + dice.randint(1, 32)]
            case _:
                changed[at:] = other[dice.randint(0, len(other)) :]
    return bytes(changed[:_LONGEST_BYTES])


@click.command()
@click.argument("target")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("seconds", type=int)
@click.argument("seed", type=int)
@click.argument("more", nargs=-1)
def main(target: str, folder: Path, seconds: int, seed: int, more: tuple[str, ...]) -> None:
    """Fuzz one target until the time is over or a promise is broken."""
    logging.disable()
    where, _, name = target.partition(":")
    if GUIDED:
        _guided(where, name, folder, seconds=seconds, seed=seed, more=more)
    module = importlib.import_module(where)
    one = module.prepared(name, *more)
    print(f"stat::number_of_executed_units: {unguided(one, folder / 'corpus', seconds=seconds, seed=seed)}")


def _guided(where: str, name: str, folder: Path, *, seconds: int, seed: int, more: tuple[str, ...]) -> None:
    """Hand over to libFuzzer, which ends the process."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=_OURS, enable_loader_override=False):
        module = importlib.import_module(where)
    one = module.prepared(name, *more)
    mutator = getattr(module, "mutated", None)
    options = {"custom_mutator": mutator} if mutator else {}
    said = [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={_LONGEST_BYTES}", "-print_final_stats=1"]
    said += [f"-artifact_prefix={folder}/", "-rss_limit_mb=0", str(folder / "corpus")]
    atheris.Setup([sys.argv[0], *said], one, **options)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

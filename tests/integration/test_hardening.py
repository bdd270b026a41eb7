"""What a process of ours does so that its memory stays its own; each in a child, because there is no way back."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

linux = pytest.mark.skipif(sys.platform != "linux", reason="prctl and /proc are Linux's")

_SHOW = """
import ctypes, json, resource
from registry.ops.hardening import harden
missing = harden(keeps_keys={keeps_keys})
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print(json.dumps(dict(
    missing=missing,
    core=resource.getrlimit(resource.RLIMIT_CORE),
    dumpable=ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),
    privileges=status["NoNewPrivs"].strip(),
    locked_kb=int(status["VmLck"].split()[0]),
)))
"""


def child(code: str, where: Path, **more: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - Popen's arguments
    return subprocess.run(
        [sys.executable, "-c", code], cwd=where, capture_output=True, text=True, timeout=60, check=False, **more
    )


@linux
def test_no_core_no_look_inside_and_no_new_rights(tmp_path: Path) -> None:
    shown = json.loads(child(_SHOW.format(keeps_keys=False), tmp_path).stdout)
    assert shown == {"missing": [], "core": [0, 0], "dumpable": 0, "privileges": "1", "locked_kb": 0}


@linux
def test_whoever_keeps_keys_locks_its_memory_where_it_may(tmp_path: Path) -> None:
    shown = json.loads(child(_SHOW.format(keeps_keys=True), tmp_path).stdout)
    may = os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] == resource.RLIM_INFINITY
    if may:
        assert shown["locked_kb"] > 1000
        assert shown["missing"] == []


@linux
def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    crash = "import os\nfrom registry.ops.hardening import harden\nharden(keeps_keys=False)\nos.abort()"
    dumping = child(crash, tmp_path, preexec_fn=_wants_core)
    assert dumping.returncode == -6
    assert list(tmp_path.iterdir()) == []


def _wants_core() -> None:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


_FAULT = """
import threading
from registry import logs
logs.configure("keeper")
logs.tell_all_faults()
class Breaks:
    def __del__(self):
        raise ValueError("Zahra was born in Herat")
def fail():
    raise ValueError("Zahra was born in Herat")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Breaks()
fail()
"""


def test_a_fault_that_nobody_caught_is_told_by_class_and_place_alone(tmp_path: Path) -> None:
    failed = child(_FAULT, tmp_path)
    lines = [json.loads(line) for line in failed.stderr.splitlines()]
    assert failed.returncode == 1
    assert [(line["event"], line["error"][0]["class"]) for line in lines] == [
        ("fault.uncaught", "builtins.ValueError")
    ] * 3
    assert "Zahra" not in failed.stderr
    assert failed.stdout == ""

"""What the registry is installed with for good: a unit that systemd takes, and the same users everywhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import registry.ops.deploy
from registry.config import Settings

DEPLOY = Path(registry.ops.deploy.__file__).parent
UNIT = (DEPLOY / "einmal.service").read_text()
RECIPE = (DEPLOY / "Containerfile").read_text()


def users_in(text: str) -> dict[str, str]:
    """Return the users that a file names for processes, as the registry reads them."""
    (named,) = re.findall(r"PROCESS_USERS=(\S+)", text)
    return dict(Settings.from_env({"PROCESS_USERS": named}).process_users)


def test_unit_recipe_and_list_of_users_agree() -> None:
    listed = set(re.findall(r"^u (\S+) ", (DEPLOY / "einmal.sysusers").read_text(), re.MULTILINE))
    (made,) = re.findall(r"for process in (.+); do", RECIPE)
    assert users_in(UNIT) == users_in(RECIPE)
    assert set(users_in(UNIT).values()) == listed == {f"einmal-{process}" for process in made.split()}


def test_the_unit_lets_keys_be_locked_and_nothing_be_dumped_or_swapped() -> None:
    said = dict(line.split("=", 1) for line in UNIT.splitlines() if "=" in line and not line.startswith(("#", "Env")))
    assert (said["LimitCORE"], said["LimitMEMLOCK"], said["MemorySwapMax"]) == ("0", "infinity", "0")
    assert said["NoNewPrivileges"] == "yes"
    assert "CAP_SYS_ADMIN" not in said["CapabilityBoundingSet"]
    assert "CAP_SYS_PTRACE" not in said["CapabilityBoundingSet"]


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "einmal.service"
    unit.write_text(UNIT.replace("/opt/einmal/.venv/bin/registry up", sys.executable))
    done = subprocess.run([tool, "verify", "--man=no", unit], capture_output=True, text=True, timeout=60, check=False)
    ours = [line for line in done.stderr.splitlines() if "einmal.service" in line]
    assert (done.returncode, ours) == (0, [])

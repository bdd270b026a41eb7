"""What `registry keys rotate` says before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from registry.cli.main import registry

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", ["root", "custodian"])
def test_whoever_rotates_the_root_hears_first_what_becomes_of_back_ups(kind: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(registry, ["keys", "rotate", kind], env={"REGISTRY_HOME": str(tmp_path)})
    assert result.exit_code != 0  # nothing runs there
    assert ("open only with the file as it is now" in result.output) is (kind == "root")


def test_only_tokens_can_be_salted(tmp_path: Path) -> None:
    asked = ["keys", "rotate", "custodian", "--salted"]
    result = CliRunner().invoke(registry, asked, env={"REGISTRY_HOME": str(tmp_path)})
    assert "Only the tokens of the key lookup" in str(result.exception)

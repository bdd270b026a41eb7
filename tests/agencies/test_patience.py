"""The engine tries again what may succeed a moment later, and nothing else."""

import pytest

from adapters.engine.patience import patiently
from registry.errors import RegistryError
from registry.keys.client import KeeperAway, KeeperRefused
from registry.profiles.appearances import Conflict


class Moments:
    """An act that fails with each of these errors in turn, and then succeeds."""

    def __init__(self, *errors: RegistryError) -> None:
        self.errors = list(errors)

    def __call__(self) -> str:
        """Fail, or be done."""
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.parametrize("passing", [KeeperAway("away"), Conflict("meanwhile")])
def test_what_only_the_moment_forbids_is_tried_again(passing: RegistryError) -> None:
    waited: list[str] = []
    assert patiently(Moments(passing), waited.append) == "done"
    assert waited == [passing.code]


def test_a_refusal_is_final() -> None:
    refused = Moments(KeeperRefused("run.ended"), KeeperRefused("never asked"))
    with pytest.raises(KeeperRefused):
        patiently(refused)
    assert len(refused.errors) == 1

"""The published contracts say what the code does (style 1)."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # the library ships no types
import pytest

from schemas.entries import VALUE_SCHEMAS
from schemas.published import DIRECTORY, contract_text, contracts


def test_every_contract_file_is_what_the_code_says() -> None:
    """After a change run `python -m schemas.published`; a change of meaning needs a new version."""
    files = {path.name: path.read_text(encoding="utf-8") for path in DIRECTORY.glob("*.v1.json")}
    assert files == {name: contract_text(contract) for name, contract in contracts().items()}


@pytest.mark.parametrize("contract", contracts().values(), ids=contracts().keys())
def test_each_contract_is_valid_json_schema(contract: Mapping[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(contract)


def test_every_kind_that_can_be_written_has_a_contract() -> None:
    files = {path.name for path in DIRECTORY.iterdir()}
    assert {f"entry-{kind.replace('.', '-')}.v1.json" for kind in VALUE_SCHEMAS} <= files


def test_a_loaded_language_fits_its_contract() -> None:
    """What is sealed can be checked by anybody with the published file."""
    value = {
        "language": "de",
        "as_said": "Deutsch",
        "levels": [{"skill": "overall", "scale": "ba-verbal", "code": "extended"}],
        "certificates": [
            {"name": "DTZ", "results": [{"skill": "overall", "scale": "dtz", "code": "B1", "cefr": "B1"}]}
        ],
    }
    contract = json.loads((DIRECTORY / "entry-languages-language.v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(VALUE_SCHEMAS["languages.language"]().load(value), contract)

"""Made-up lists of occupations and skills: of the official sizes, accepted by the readers, the same each time."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from registry.bench.command import bench
from registry.bench.words import lists
from registry.vocabulary import importing

if TYPE_CHECKING:
    from pathlib import Path

    from registry.bench.words.publishing import Download
    from registry.vocabulary.concepts import Contents

#: Rows, concepts, and relations of each download, as those that their publishers offer.
SIZES = {
    "isco-08": (619, 619, 0),
    "esco-isco-groups": (1_238, 619, 0),
    "kldb-2010": (2_195, 2_195, 0),
    "kldb-2010-titles": (2_195, 18_838, 0),
    "kldb-isco-crosswalk": (1_506, 0, 1_506),
    "esco-skill-groups": (1_280, 640, 0),
    "esco-skills": (27_792, 13_896, 0),
    "esco-skill-relations": (20_429, 0, 20_429),
    "esco-occupations": (6_084, 3_042, 3_042),
    "esco-occupation-relations": (3_042, 0, 3_042),
    "esco-occupation-skill": (123_788, 0, 123_788),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Download]:
    return lists.write_all(tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def contents(written: list[Download]) -> dict[str, Contents]:
    return {download.name: importing.read(download.name, download.files) for download in written}


def test_the_readers_take_every_list_and_find_as_much_in_it_as_in_the_official_one(
    contents: dict[str, Contents],
) -> None:
    found = {
        name: (one.read, len(list(one.concepts)), len(one.broader) + len(one.steps)) for name, one in contents.items()
    }
    assert found == SIZES
    assert set(found) == set(importing.NAMES)


def test_all_ends_of_all_relations_are_concepts_of_the_lists(contents: dict[str, Contents]) -> None:
    known = {(one.scheme, concept.code) for one in contents.values() for concept in one.concepts}
    ends = {(end.scheme, end.code) for one in contents.values() for pair in (*one.broader, *one.steps) for end in pair}
    assert ends <= known


def test_the_same_lists_are_made_up_each_time(written: list[Download], tmp_path: Path) -> None:
    again = lists.write_all(tmp_path)
    assert [digests(one) for one in again] == [digests(one) for one in written]


def test_a_number_of_persons_is_refused_where_nobody_is_measured() -> None:
    result = CliRunner().invoke(bench, ["vocabulary", "--persons", "7"])
    assert (result.exit_code, "nothing with persons" in result.output) == (2, True)


def digests(download: Download) -> list[tuple[str, str]]:
    return [(file.name, sha256(file.read_bytes()).hexdigest()) for file in download.files]

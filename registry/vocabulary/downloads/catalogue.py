"""Name of an import -> its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from registry.vocabulary.concepts import Contents
from registry.vocabulary.downloads import esco, isco, kldb
from registry.vocabulary.downloads.sheet import Asked

Reader: TypeAlias = Callable[[Sequence[Path], Asked], Contents]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "esco-skills": esco.skills,
        "esco-skill-groups": esco.skill_groups,
        "esco-skill-relations": esco.skill_relations,
        "esco-occupations": esco.occupations,
        "esco-occupation-relations": esco.occupation_relations,
        "esco-occupation-skill": esco.occupation_skills,
        "esco-isco-groups": esco.isco_groups,
        "isco-08": isco.structure,
        "kldb-2010": kldb.classification,
        "kldb-2010-titles": kldb.titles,
        "kldb-isco-crosswalk": kldb.crosswalk,
    }
)

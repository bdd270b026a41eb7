"""Settings: read at once, refused at once."""

import re
from pathlib import Path
from uuid import UUID

import pytest

from registry.config import Settings, generated_mark
from registry.errors import SettingsError

AGENCY = "00000000-0000-4000-8000-000000000001"


def refused(env: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_env(env)
    return str(refusal.value)


def test_without_any_setting_the_home_is_var_and_absolute() -> None:
    settings = Settings.from_env({})
    assert settings.home == Path("var").absolute()
    assert settings.env == "development"
    assert settings.process == "cli"
    assert settings.root_key_file == settings.home / "keys" / "root.key"


def test_a_process_gets_its_own_login_and_no_other() -> None:
    env = {"ENV": "test", "WEB_DATABASE_URL": "postgresql:///w", "KEEPER_DATABASE_URL": "postgresql:///k"}
    assert Settings.from_env({**env, "REGISTRY_PROCESS": "web"}).database_url == "postgresql:///w"


def test_the_owner_reads_the_pair_of_databases() -> None:
    env = {"ENV": "test", "DATABASE_URL": "postgresql:///m", "SHRED_DATABASE_URL": "postgresql:///s"}
    settings = Settings.from_env({**env, "REGISTRY_PROCESS": "owner"})
    assert (settings.database_url, settings.shred_database_url) == ("postgresql:///m", "postgresql:///s")


def test_a_database_without_env_is_refused() -> None:
    assert "ENV is missing" in refused({"DATABASE_URL": "postgresql:///m", "SHRED_DATABASE_URL": "postgresql:///s"})


def test_a_main_database_without_a_shred_store_is_refused() -> None:
    assert "SHRED_DATABASE_URL is missing" in refused({"ENV": "test", "DATABASE_URL": "postgresql:///m"})


def test_every_problem_is_named_at_once() -> None:
    message = refused(
        {
            "ENV": "staging",
            "REGISTRY_PROCESS": "worker",
            "WEB_PORT": "eighty",
            "WEB_THREADS": "0",
            "DATABASE_URL": "postgresql:///m",
        }
    )
    names = ("ENV ", "WEB_PORT", "WEB_THREADS", "SHRED_DATABASE_URL", "WORKER_DATABASE_URL", "REGISTRY_AGENCY")
    assert [name for name in names if name not in message] == []


def test_a_worker_knows_its_agency() -> None:
    env = {"ENV": "test", "REGISTRY_PROCESS": "worker", "WORKER_DATABASE_URL": "postgresql:///w"}
    assert Settings.from_env({**env, "REGISTRY_AGENCY": AGENCY}).agency == UUID(AGENCY)
    assert "REGISTRY_AGENCY must be a UUID" in refused({**env, "REGISTRY_AGENCY": "Musterstadt"})


def test_the_keeper_needs_the_shred_store() -> None:
    env = {"ENV": "test", "REGISTRY_PROCESS": "keeper", "KEEPER_DATABASE_URL": "postgresql:///k"}
    assert "KEEPER_SHRED_DATABASE_URL is missing" in refused(env)


def test_production_refuses_a_generated_root_key(tmp_path: Path) -> None:
    """Design, section 4: a root key made for development never guards real data."""
    key = tmp_path / "root.key"
    generated_mark(key).touch()
    assert "generated for development" in refused({"ENV": "production", "ROOT_KEY_FILE": str(key)})
    generated_mark(key).unlink()
    assert Settings.from_env({"ENV": "production", "ROOT_KEY_FILE": str(key)}).root_key_file == key


def test_in_production_pages_have_a_name_of_their_own() -> None:
    env = {"ENV": "production", "REGISTRY_PROCESS": "web", "WEB_DATABASE_URL": "postgresql:///w"}
    assert "PUBLIC_URL is missing" in refused(env)
    assert "PUBLIC_URL is missing" in refused({**env, "PUBLIC_URL": "http://einmal.example.org"})
    named = Settings.from_env({**env, "PUBLIC_URL": "https://einmal.example.org"})
    assert named.public_url == "https://einmal.example.org/"


@pytest.mark.parametrize(
    "address",
    [
        "einmal.example.org",
        "ftp://einmal.example.org",
        "https://",
        "https://a@b.org",
        "https://b.org/p",
        "https://b.org?x",
    ],
)
def test_a_public_address_is_a_site_and_nothing_else(address: str) -> None:
    assert "PUBLIC_URL must be an address" in refused({"PUBLIC_URL": address})


def test_a_run_directory_too_long_for_sockets_is_refused() -> None:
    assert "REGISTRY_RUN_DIR" in refused({"REGISTRY_RUN_DIR": "/run/" + "x" * 80})


def test_the_default_run_directory_is_short_and_differs_by_home() -> None:
    one, other = (Settings.from_env({"REGISTRY_HOME": "/" + letter * 200}).run_dir for letter in "ab")
    assert one != other
    assert len(str(one)) < 40


def test_a_password_in_an_url_is_not_shown() -> None:
    env = {"ENV": "test", "REGISTRY_PROCESS": "web", "WEB_DATABASE_URL": "postgresql://u:secret@h/d"}
    assert "secret" not in repr(Settings.from_env(env))


def test_empty_values_count_as_absent() -> None:
    assert Settings.from_env({"DATABASE_URL": "", "WEB_PORT": ""}).web_port == 8000


def test_every_setting_is_in_the_readme_and_back() -> None:
    """Style, section 10: what is documented exists, and what exists is documented."""
    root = Path(__file__).parents[2]
    code = set(re.findall(r'"([A-Z]{2}[A-Z0-9]*(?:_[A-Z0-9]+)*)"', (root / "registry" / "config.py").read_text()))
    table = (root / "README.md").read_text().split("## Settings")[1].split("\n## ")[0]
    first_columns = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    documented = set(re.findall(r"`([A-Z]{2}[A-Z0-9_]*)`", first_columns))
    assert documented - {"KEEPER_SHRED_DATABASE_URL"} == code

"""Settings come from the environment, and every one of them is documented."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.settings import HOUSE, Settings, settings

EXAMPLE = (HOUSE / ".env.example").read_text(encoding="utf-8")


def documented() -> dict[str, str]:
    return dict(re.findall(r"^TAKHAI_(\w+)=(.*)$", EXAMPLE, flags=re.M))


def test_every_setting_is_in_the_example_and_nothing_else():
    assert set(documented()) == {name.upper() for name in Settings.model_fields}


def test_the_example_shows_the_true_defaults(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TAKHAI_{name.upper()}", raising=False)
    plain = Settings(_env_file=None)
    assert Settings(_env_file=HOUSE / ".env.example") == plain


def test_networks_are_read_with_commas_between(monkeypatch):
    monkeypatch.setenv("TAKHAI_CAMERA_NETWORKS", "10.1.0.0/16, fd00::/8")
    assert [str(network) for network in Settings(_env_file=None).camera_networks] == ["10.1.0.0/16", "fd00::/8"]


def test_a_network_with_host_bits_is_refused(monkeypatch):
    monkeypatch.setenv("TAKHAI_CAMERA_NETWORKS", "10.1.2.3/16")
    with pytest.raises(ValidationError, match="host bits"):
        Settings(_env_file=None)


def test_a_relative_folder_lies_in_the_project_whatever_the_working_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Settings(_env_file=None, var=Path("elsewhere")).var == HOUSE / "elsewhere"


@pytest.mark.parametrize(
    ("name", "said", "rule"),
    [
        ("port", "hunter2", "TAKHAI_PORT: input should be a valid integer"),
        ("port", "99999", "TAKHAI_PORT: input should be less than or equal to 65535"),
        ("language", "hunter2", "TAKHAI_LANGUAGE: input should be 'th' or 'en'"),
        ("camera_networks", "10.1.2.3/16", "TAKHAI_CAMERA_NETWORKS: 10.1.2.3/16 has host bits set"),
        ("basemap", "https://me:hunter2@x.example/{z}/{x}/{y}.png", "TAKHAI_BASEMAP is sent to every browser"),
        ("basemap", "ftp://x.example/?key=hunter2", "TAKHAI_BASEMAP takes a .pmtiles file"),
        ("database_url", "me:hunter2@x/takhai", "TAKHAI_DATABASE_URL takes postgresql://user:password@host/name"),
        ("database_url", "mysql://me:hunter2@x/takhai", "TAKHAI_DATABASE_URL takes"),
        ("database_url", "postgresql://x:hunter2/takhai", "TAKHAI_DATABASE_URL takes"),
    ],
)
def test_a_bad_setting_is_told_by_name_and_rule_and_way_out_without_its_secret(monkeypatch, name, said, rule):
    monkeypatch.setenv(f"TAKHAI_{name.upper()}", said)
    settings.cache_clear()
    with pytest.raises(ValueError, match="An empty setting has its default; .env.example says") as refused:
        settings()
    assert str(refused.value).startswith(rule)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__suppress_context__  # nor below it in a traceback
    with pytest.raises(ValidationError) as raw:
        Settings(_env_file=None)
    assert "hunter2" not in str(raw.value)


def test_every_bad_setting_is_told_at_once(monkeypatch):
    monkeypatch.setenv("TAKHAI_PORT", "0")
    monkeypatch.setenv("TAKHAI_STILL_KEEP_H", "a day")
    settings.cache_clear()
    with pytest.raises(ValueError, match="TAKHAI_PORT: .*; TAKHAI_STILL_KEEP_H: input should be a valid number"):
        settings()

"""Settings come from the environment, and every one of them is documented."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.settings import HOUSE, Settings

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

"""Environment and `.env` -> one frozen `Settings`, read once. The only place that reads the environment."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from data.basemap import Source, read_source

HOUSE = Path(__file__).resolve().parent.parent  # the project's own folder, wherever it was cloned
Network = IPv4Network | IPv6Network
DATABASES = (
    "postgresql://user:password@host/name, with %2F for a / in the password and %40 for an @, or sqlite:///path; "
    "empty: SQLite in TAKHAI_VAR"
)
WAY_OUT = "An empty setting has its default; .env.example says what each is for"


class Settings(BaseSettings):
    """Every setting, named TAKHAI_ and its name in capitals; `.env.example` says what each is for."""

    model_config = SettingsConfigDict(
        env_prefix="TAKHAI_",
        env_file=HOUSE / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # a value may hold a password, and errors end in logs
    )

    var: Path = Path("var")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(8501, ge=1, le=65535)
    language: Literal["th", "en"] = "th"
    edition: Literal["2025", "2014"] = "2025"
    camera_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    probe_interval_s: float = Field(60, gt=0)
    probe_timeout_s: float = Field(4, gt=0)
    probes_at_once: int = Field(4_000, ge=1)
    sessions_per_host: int = Field(4, ge=1)
    probes_per_network_s: float = Field(200, gt=0)
    lookers: int = Field(1, ge=1)
    still_interval_s: float = Field(300, gt=0)
    stills_at_once: int = Field(64, ge=1)
    still_cores: float = Field(0.6, gt=0)
    still_format: Literal["jpeg", "webp"] = "jpeg"
    still_keep_h: float = Field(24, gt=0)
    journal_keep_days: float = Field(1_100, gt=0)
    hours_keep_days: float = Field(3_700, gt=0)
    alarms_keep_days: float = Field(1_100, gt=0)
    archive_place: str = ""
    archive_filter: str = "linked=linked"
    archive_every_s: float = Field(300, gt=0)
    archive_keep_days: float = Field(30, gt=0)
    archive_quota_gb: float = Field(50, gt=0)
    uplink_canaries: Annotated[tuple[str, ...], NoDecode] = ()
    basemap: Annotated[Source | None, NoDecode] = None
    basemap_credits: str = ""
    heights: Path | None = None
    demo_cameras: int = Field(20_000, ge=2_000)
    demo_seed: int = 7
    demo_port: int = Field(8601, ge=1, le=65535)

    @field_validator("camera_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return tuple(ip_network(part) for part in _parts(value)) if isinstance(value, str) else value

    @field_validator("uplink_canaries", mode="before")
    @classmethod
    def _canaries(cls, value: object) -> object:
        return _parts(value) if isinstance(value, str) else value

    @field_validator("lookers", mode="after")
    @classmethod
    def _lookers(cls, value: int, info: ValidationInfo) -> int:
        most = info.data.get("sessions_per_host", value)
        if value > most:
            raise ValueError(
                f"TAKHAI_LOOKERS is {value}, but may be at most TAKHAI_SESSIONS_PER_HOST ({most}), to share"
            )
        return value

    @field_validator("database_url", mode="after")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and not _names_a_database(value):
            raise ValueError(f"TAKHAI_DATABASE_URL takes {DATABASES}")
        return value

    @field_validator("basemap", mode="before")
    @classmethod
    def _base_source(cls, value: object) -> object:
        return read_source(value.strip(), HOUSE) if isinstance(value, str) else value

    @field_validator("var", "heights", mode="after")
    @classmethod
    def _inside_the_house(cls, value: Path | None) -> Path | None:
        return value if value is None or value.is_absolute() else HOUSE / value

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database: the one given, else SQLite in `var`."""
        return self.database_url or f"sqlite:///{self.var / 'takhai.db'}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """
    Return the settings of this process; `settings.cache_clear()` reads them again (tests).

    Raises
    ------
    ValueError
        If any has no use, in one sentence that names each and its rule, but never a value that may be secret.
    """
    try:
        return Settings()
    except ValidationError as refused:
        faults = "; ".join(_sentence(*error["loc"], said=error["msg"]) for error in refused.errors())
        raise ValueError(f"{faults}. {WAY_OUT}") from None


def _sentence(name: int | str, *_: int | str, said: str) -> str:
    rule = said.removeprefix("Value error, ")
    return rule if rule.startswith("TAKHAI_") else f"TAKHAI_{str(name).upper()}: {rule[0].lower()}{rule[1:]}"


def _names_a_database(value: str) -> bool:
    from sqlalchemy.engine import make_url  # only for those who set it: half of a short command's start
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(value).get_backend_name() in {"postgresql", "sqlite"}
    except (ArgumentError, ValueError):
        return False


def _parts(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())

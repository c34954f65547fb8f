"""What a process reads from its environment: the shared settings (MERX_*), and each service's own (its prefix)."""

import difflib
import ipaddress
import os
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as SourceError

SHARED_PREFIX = "MERX_"
NEAR_MISS = 0.8
"""Likeness (difflib ratio) from which an unknown MERX_ variable is taken for a misspelt one."""


class SettingsError(ValueError):
    """One sentence on the first setting that is wrong."""


class _SharedEnvironment(EnvSettingsSource):
    """MERX_* variables, for the fields that are shared by every service."""

    def __init__(self, settings_cls: type[BaseSettings], shared: frozenset[str]) -> None:
        self._shared = shared
        super().__init__(settings_cls, env_prefix=SHARED_PREFIX)

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if name in self._shared}


class MerxSettings(BaseSettings):
    """Where the state of an installation lies. Times carry their unit in the name; folders are created by who writes.

    A subclass may set its own `env_prefix`: its variables win, and the fields declared here are read from MERX_* too.
    """

    model_config = SettingsConfigDict(env_prefix=SHARED_PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)
    shared_fields: ClassVar[frozenset[str]] = frozenset()

    home: Path = Field(default=Path(".merx"), validate_default=True)
    embedded: bool = True
    """One machine, one user: auth may be off on loopback, and models are promoted unless set otherwise."""
    promote_automatically: bool = Field(default_factory=lambda data: bool(data["embedded"]))
    """A model that passes the gate becomes champion; otherwise it stops at challenger."""
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    database_url: str = Field(default_factory=lambda data: f"sqlite:///{data['home']}/events.db", repr=False)
    feast_online: str = Field(default="", repr=False)
    """Empty for SQLite in `home`, or redis://..."""
    feast_offline: str = Field(default="duckdb", pattern=r"^(duckdb|file)$")
    feast_registry: str = Field(default="", repr=False)
    """Empty for a file in `home`, or an SQLAlchemy URL."""
    artefacts_url: str = Field(default_factory=lambda data: f"file://{data['home']}/artefacts")
    mlflow_url: str = Field(default_factory=lambda data: f"sqlite:///{data['home']}/mlflow/mlflow.db", repr=False)
    mlflow_artifacts_url: str = Field(default_factory=lambda data: f"file://{data['home']}/mlflow/artifacts")
    text_model: str = Field(default="all-minilm-l6-v2", min_length=1)
    """What makes vectors of texts for search (`merx_models.text_models`): all-minilm-l6-v2, multilingual-e5-small, or a
    folder. An index that was built with another one is refused."""
    vectors_url: str = Field(default="", repr=False)
    """Where the text vectors of search lie: empty for each process's own memory, or a Milvus
    (http(s)://[user:password@]host:port[/database]; the path of a Milvus Lite file, for one process)."""
    retention_days: int = Field(default=0, ge=0)
    """How long the database keeps archived records of the event log; 0 is for ever."""
    known_ids_days: int = Field(default=0, ge=0)
    """How long a record's id is known, so that the same one again changes nothing; 0 is for ever."""
    run_name: str = Field(default="", pattern=r"^[a-z-]*$")
    """Tells runs of pipelines apart that are at work at once on one machine: each says how far it is for itself."""
    log_level: str = Field(default="INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")

    @model_validator(mode="after")
    def _ids_outlive_records(self) -> Self:
        if self.known_ids_days and not 0 < self.retention_days <= self.known_ids_days:
            raise ValueError("known_ids_days is 0 or at least retention_days: an id is known while its record is there")
        return self

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.model_config.get("env_prefix") == SHARED_PREFIX:
            cls.shared_fields = frozenset(cls.model_fields)

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917 - the library's signature
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the class's own variables, then the shared ones; no dotenv files."""
        shared = cls.shared_fields or frozenset(cls.model_fields)
        return init_settings, env_settings, _SharedEnvironment(settings_cls, shared)

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """The settings of this process; raises `SettingsError` with one sentence on what is wrong."""
        _refuse_misspelt(cls)
        try:
            return cls(**overrides)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise SettingsError(f"setting {_variable(cls, name)}: {first['msg']}") from None
        except SourceError as error:
            raise SettingsError(str(error)) from None


class ServiceSettings(MerxSettings):
    """What every service needs as a process, on top of the shared state."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    api_keys_file: Path | None = None
    """JSON: {"keys": [{"id", "sha256", "scopes", "expires"?, "rate_per_s"?, "rate_burst"?}]}; written by
    `merx_kit.http.api_keys.add_key`."""
    jwt_issuer: str = ""
    jwt_jwks_url: str = ""
    jwt_audience: str = ""
    deadline_ms: int = Field(default=2_000, ge=1)
    """Longest that a request may take; a caller may ask for less with `X-Request-Timeout-Ms`."""
    max_in_flight: int = Field(default=16, ge=1)
    """Requests at work at once; they begin one in a turn of the event loop: a refusal waits for one computation."""
    max_queued: int = Field(default=64, ge=0)
    """Requests that may wait for a place; those beyond are refused with 429 at once."""
    rate_per_s: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    """Requests a second of one caller (API key, or subject of a JWT) to each process; those beyond are refused with
    429. 0 is no limit; a key's own `rate_per_s` wins."""
    rate_burst: int = Field(default=20, ge=1)
    """Requests of one caller that may come at once."""
    drain_notice_ms: int = Field(default=1_000, ge=0)
    """On SIGTERM: how long the service says "not ready" and still accepts, so that load balancers look away."""
    drain_seconds: int = Field(default=8, ge=1)
    """After the notice: how long requests in flight may take before they are cut."""
    body_limit_bytes: int = Field(default=1_048_576, ge=1)
    cors_origins: tuple[str, ...] = ()
    """Origins (a JSON list) whose pages may call from a browser, such as ["https://shop.example"]; ["*"] is all."""
    otlp_endpoint: str = ""
    """OTLP over HTTP, such as http://collector:4318/v1/traces; empty: no traces."""
    trace_ratio: float = Field(default=0.01, ge=0.0, le=1.0)
    """Share of the requests without a `traceparent` of their own that are traced."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def auth_configured(self) -> bool:
        return self.api_keys_file is not None or bool(self.jwt_issuer)


def _variable(cls: type[MerxSettings], field: str) -> str:
    shared = cls.shared_fields or MerxSettings.model_fields
    prefix = SHARED_PREFIX if field in shared else str(cls.model_config.get("env_prefix", ""))
    return f"{prefix}{field}".upper()


def _refuse_misspelt(cls: type[MerxSettings]) -> None:
    """A variable under the service's own prefix must exist; one under MERX_ must not look like a shared one misspelt.

    MERX_ is also the prefix of other members, and of what Kubernetes writes for services called merx-...
    """
    shared = {f"{SHARED_PREFIX}{name}".upper() for name in ServiceSettings.model_fields}
    own_prefix = str(cls.model_config.get("env_prefix", "")).upper()
    own = {f"{own_prefix}{name}".upper() for name in cls.model_fields}
    for variable in os.environ:
        if variable in shared or variable in own:
            continue
        likely = _meant(variable, sorted(shared | own), own_prefix)
        foreign = variable.startswith(SHARED_PREFIX) and not likely
        if foreign or not variable.startswith((SHARED_PREFIX, own_prefix)):
            continue
        hint = f"; did you mean {likely}?" if likely else ""
        raise SettingsError(f"{variable} is no setting of this service{hint}")


def _meant(variable: str, known: list[str], own_prefix: str) -> str:
    """The known variable that this one looks like; "" when it looks like none."""
    moved = own_prefix + variable.removeprefix(SHARED_PREFIX)
    if moved in known:
        return moved
    likely = difflib.get_close_matches(variable, known, n=1, cutoff=NEAR_MISS)
    return likely[0] if likely else ""

"""The dashboard's settings: read once from the environment, typed, frozen."""

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "STOREFLEET_DASHBOARD_"


def _var() -> Path:
    return Path(os.environ.get("STOREFLEET_VAR") or ROOT / "var").resolve()


def what_is_wrong(error: ValidationError) -> str:
    """Which settings are wrong and why, in one line."""
    return "; ".join(f"{PREFIX}{str(wrong['loc'][0]).upper()}: {wrong['msg']}" for wrong in error.errors())


class Settings(BaseSettings):
    """Each field is the environment variable `STOREFLEET_DASHBOARD_<NAME>`.

    `var` alone is `STOREFLEET_VAR`, which the whole project shares.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", populate_by_name=True)

    var: Path = Field(
        default_factory=_var, validation_alias="STOREFLEET_VAR", description="folder of everything generated"
    )
    database_url: str = Field(default="", description="SQLAlchemy URL; empty: SQLite in var/dashboard/dashboard.db")
    host: str = Field(default="127.0.0.1", description="address that the web process listens on")
    port: int = Field(default=8088, ge=0, le=65535, description="port of the web process")
    public_url: str = Field(default="", description="URL that users type, when a proxy stands before the dashboard")
    proxies: int = Field(default=0, ge=0, le=10, description="proxies before it whose `X-Forwarded-For` is believed")
    concurrency: int = Field(default=1, ge=1, le=64, description="operations that run at a time, over all workers")
    queue_limit: int = Field(default=100, ge=1, description="operations that may wait; a further deploy is refused")
    attempts: int = Field(default=3, ge=1, le=20, description="attempts of an operation before it is stalled")
    retry_delay_seconds: float = Field(default=10.0, ge=0, description="pause after a failed attempt; doubles")
    operation_timeout_seconds: float = Field(default=1800.0, gt=0, description="an attempt that takes longer is ended")
    lease_seconds: float = Field(default=30.0, gt=0, description="a worker silent for so long has lost its operations")
    shutdown_seconds: float = Field(default=60.0, ge=0, description="time to finish for a worker that is stopped")
    provisioner: Literal["pulumi", "fake"] = Field(default="pulumi", description="`fake` makes nothing; for UI work")
    fake_step_seconds: float = Field(default=0.4, ge=0, description="how long each step of the fake provisioner takes")
    inventory_seconds: float = Field(default=10.0, gt=0, description="pause between looks for the terminal's stores")
    program: Path = Field(default=ROOT / "stores", description="folder of the Pulumi program that describes a store")
    platform_stack: str = Field(default="local", description="name of the platform's stack")
    worker_url: str = Field(default="", description="private endpoint of the worker; empty: chosen on loopback")
    worker_token: SecretStr = Field(default=SecretStr(""), description="secret between web process and worker")
    operator_password: SecretStr = Field(default=SecretStr(""), description="asked of everybody; empty on loopback")
    stream_limit: int = Field(default=2000, ge=1, description="event streams that may be open at the same time")
    journal_limit_per_store: int = Field(default=500, ge=10, description="entries kept per store and source of events")
    operations_limit_per_store: int = Field(
        default=100, ge=1, description="ended operations kept per store, beside those of the last `KEEP_HOURS`"
    )
    keep_hours: float = Field(
        default=24.0, ge=0, description="how long a key holds, and an ended operation can be asked for at least"
    )
    gone_days: float = Field(
        default=30.0, ge=0, description="when a store that is gone is forgotten, with its operations and events"
    )

    @model_validator(mode="after")
    def _defaults(self) -> Self:
        if not self.database_url:
            # The model is frozen for its users; here it is not yet theirs.
            object.__setattr__(self, "database_url", f"sqlite:///{self.var / 'dashboard' / 'dashboard.db'}")
        return self

    def environment(self) -> dict[str, str]:
        """The variables that make another process read the same settings. Holds secrets."""
        values: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        plain = {k: v.get_secret_value() if isinstance(v, SecretStr) else str(v) for k, v in values.items()}
        var = plain.pop("var")
        return {"STOREFLEET_VAR": var, **{PREFIX + name.upper(): value for name, value in plain.items()}}

"""Settings of a service: typed, frozen, read once from the environment, all mistakes reported at once.

A service's class names its prefix: `model_config = SettingsConfigDict(env_prefix="BRONZE_WRITER_")`; field
`http_port` is then the variable `BRONZE_WRITER_HTTP_PORT`.
"""

import difflib
import json
import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar, get_args, get_origin

from pydantic import Field, SecretBytes, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from tidelake.runtime.errors import LakeError, Terminal


def default_instance() -> str:
    """`<host>-<pid>`: names one running process of a service."""
    return f"{socket.gethostname()}-{os.getpid()}"


class ServiceSettings(BaseSettings):
    """What every service can be told. Spans are seconds ("0.5") or ISO 8601 ("PT0.5S").

    Constructing it reads no environment variable: only `load_settings` does.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    instance: str = Field(default_factory=default_instance, min_length=1)
    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=0, le=65535)
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$")
    stop_timeout: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0))
    otlp_endpoint: str | None = Field(default=None, pattern="^https?://.+")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @field_validator("*", mode="before")
    @classmethod
    def _seconds(cls, value: object, info: ValidationInfo) -> object:
        field = cls.model_fields[str(info.field_name)]
        if not isinstance(value, str) or timedelta not in _types_in(field.annotation):
            return value
        try:
            return timedelta(seconds=float(value))
        except OverflowError:
            raise ValueError("is longer than any span can be") from None
        except ValueError:
            if not value.lstrip("+-").upper().startswith("P"):
                raise ValueError("is not a span: give seconds (0.5) or ISO 8601 (PT0.5S)") from None
        return value


class InvalidSettings(LakeError, Terminal):
    """The environment does not describe a service that can start. Carries every problem, not the first."""

    def __init__(self, service: str, problems: tuple[str, ...]) -> None:
        self.service = service
        self.problems = problems
        count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__(
            f"{service} did not start, because {count} wrong:\n"
            + "\n".join(f"  {problem}" for problem in problems)
            + "\nCorrect the environment variables named above and start it again."
        )


Settings = TypeVar("Settings", bound=ServiceSettings)


def service_name(settings_cls: type[ServiceSettings]) -> str:
    """`bronze-writer` for the prefix `BRONZE_WRITER_`."""
    prefix: str = settings_cls.model_config.get("env_prefix", "")
    return prefix.strip("_").lower().replace("_", "-") or settings_cls.__name__


def load_settings(cls: type[Settings], environ: Mapping[str, str] = os.environ) -> Settings:
    """The service's settings out of the environment. Raises InvalidSettings with all problems at once:
    values of the wrong kind, required ones that are absent, variables with the prefix that mean nothing."""
    prefix: str = cls.model_config.get("env_prefix", "")
    fields = {f"{prefix}{name}".upper(): name for name in cls.model_fields}
    problems: list[str] = []
    values: dict[str, Any] = {}
    for variable, text in sorted(environ.items()):
        if variable in fields:
            values[fields[variable]] = _decoded(cls, fields[variable], text)
        elif prefix and variable.upper().startswith(prefix.upper()):
            problems.append(f"{variable}: no such setting.{_suggestion(variable, list(fields))}")
    try:
        settings = cls(**values)
    except ValidationError as error:
        problems += _problems(cls, prefix, error, environ)
    else:
        if not problems:
            return settings
    raise InvalidSettings(service_name(cls), tuple(problems))


def _decoded(cls: type[ServiceSettings], name: str, text: str) -> object:
    # Collections are written as JSON or, shorter, as names with commas between.
    kinds = _types_in(cls.model_fields[name].annotation)
    if kinds.isdisjoint({list, tuple, set, frozenset, dict}):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text if dict in kinds else [part.strip() for part in text.split(",") if part.strip()]


def _types_in(annotation: object) -> set[object]:
    origin = get_origin(annotation)
    if origin in (list, tuple, set, frozenset, dict):
        return {origin}
    members = get_args(annotation)
    return set[object]().union(*map(_types_in, members)) if members else {annotation}


def _suggestion(variable: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(variable.upper(), known, n=1, cutoff=0.6)
    return f" Did you mean {nearest[0]}?" if nearest else f" There are {', '.join(sorted(known))}."


def _problems(
    cls: type[ServiceSettings], prefix: str, error: ValidationError, environ: Mapping[str, str]
) -> list[str]:
    problems: list[str] = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        variable = f"{prefix}{name}".upper()
        text = item["msg"].removeprefix("Value error, ")
        if item["type"] == "missing":
            problems.append(f"{variable}: is required and not set.")
        elif not name:
            problems.append(f"{text}.")
        elif _types_in(cls.model_fields[name].annotation) & {SecretStr, SecretBytes}:
            problems.append(f"{variable}: {text} (its value is not shown).")
        else:
            problems.append(f"{variable}={environ.get(variable, '')!r}: {text}.")
    return problems

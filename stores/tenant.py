"""A store as data: its name, its configuration and what the platform says. Read once, frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from engines import ENGINES, Engine
from names import name_problem
from plans import PLANS, Plan, plan_problem, plans_for
from wishes import setting_problems


@dataclass(frozen=True)
class Tenant:
    """Everything that decides a store's objects; nothing here is secret."""

    name: str
    engine: Engine
    plan: Plan
    title: str
    host: str
    url: str
    admin_user: str
    admin_email: str
    timeout_seconds: int
    settings: Mapping[str, str]
    platform: Mapping[str, Any]

    @property
    def namespace(self) -> str:
        """The namespace's name."""
        return f"store-{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """Who owns an object."""
        return {
            "storefleet.dev/store": self.name,
            "storefleet.dev/installation": str(self.platform["installation"]),
            "app.kubernetes.io/managed-by": "pulumi",
            "app.kubernetes.io/part-of": "storefleet",
        }

    @property
    def feature(self) -> str:
        """Version of the engine's optional part in the image, or "absent"."""
        labels = image_labels(self.engine, self.platform)
        return str(labels.get(f"storefleet.dev/{self.engine.feature}", "absent"))


def configured() -> dict[str, str]:
    """Every key that the stack's configuration has for this project, declared or not, with its text."""
    prefix = f"{pulumi.get_project()}:"
    # The language host hands the configuration over in the environment; an in-process program has it set.
    every = {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
    return {key.removeprefix(prefix): str(value) for key, value in every.items() if key.startswith(prefix)}


def image_labels(engine: Engine, platform: Mapping[str, Any]) -> Mapping[str, str]:
    """Labels of the engine's first image, which tell what is inside."""
    labels: Mapping[str, str] = platform["images"][engine.images[0]]["labels"]
    return labels


def check_request(name: str, config: Mapping[str, str], settings: Mapping[str, str]) -> None:
    """Refuse an illegal name, an unknown engine or a bad setting before anything is asked or changed."""
    if problem := name_problem(name):
        raise pulumi.RunError(problem)
    if config["engine"] not in ENGINES:
        raise pulumi.RunError(f"{config['engine']!r} is not an engine; known are: {', '.join(sorted(ENGINES))}")
    refuse_settings(ENGINES[config["engine"]], settings)


def refuse_settings(engine: Engine, settings: Mapping[str, str], labels: Mapping[str, str] | None = None) -> None:
    """Raise `pulumi.RunError` with every bad setting; `labels` as in `wishes.setting_problems`."""
    if problems := setting_problems((*engine.wishes, *engine.secret_wishes), settings, labels):
        raise pulumi.RunError("; ".join(problems.values()))


def choose_plan(engine: Engine, wanted: str, resource_class: str) -> Plan:
    """The plan called `wanted`, or for "" the smallest that holds the engine; refuses one that does not."""
    possible = plans_for(engine.minimum, resource_class)
    name = wanted or next(iter(possible), "small")
    if problem := plan_problem(name, engine.title, engine.minimum, resource_class):
        raise pulumi.RunError(problem)
    return PLANS[name]


def make_tenant(
    name: str, config: Mapping[str, Any], platform: Mapping[str, Any], settings: Mapping[str, str]
) -> Tenant:
    """Combine a store's own configuration with the platform's outputs.

    Raises `pulumi.RunError` for a plan that cannot hold the engine and for plugins or themes that the image lacks.
    """
    host = f"{name}.{platform['domain']}"
    scheme = "https" if platform["tlsIssuer"] else "http"
    port = int(platform["publicPort"])
    engine = ENGINES[config["engine"]]
    if settings:
        refuse_settings(engine, settings, image_labels(engine, platform))
    suffix = "" if port in (80, 443) else f":{port}"
    return Tenant(
        name=name,
        engine=engine,
        plan=choose_plan(engine, config["plan"], platform["resourceClass"]),
        title=config["title"] or name.replace("-", " ").title(),
        host=host,
        url=f"{scheme}://{host}{suffix}",
        admin_user=config["adminUser"],
        admin_email=config["adminEmail"] or f"admin@{host}",
        timeout_seconds=int(config["timeoutSeconds"]),
        settings=settings,
        platform=platform,
    )


def check_images(tenant: Tenant) -> None:
    """Refuse an engine whose images the platform does not know; some are made only when they are wanted."""
    engine = tenant.engine
    if missing := [name for name in engine.images if name not in tenant.platform["images"]]:
        raise pulumi.RunError(
            f"the platform has no image {', '.join(missing)} for {engine.title}; "
            f"make them with 'make images platform ENGINE={engine.name}'"
        )

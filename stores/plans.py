"""How big a store is: one table of plans, from which limits, quota and volume sizes are computed.

Standard library only: other programs read this file with `runpy.run_path`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

COMPONENTS = ("web", "database", "setup", "cache")
"""What a plan has sizes for; an engine has those that its `minimum` names."""


@dataclass(frozen=True)
class Plan:
    """Sizes on the resource class `local`.

    `memory` is component -> (reserved, limit) of each of its containers in MiB. Reserved is what an idle
    container uses, so that shops pack densely. `cache` is a container beside the database. `volumes` is name -> GiB.
    """

    name: str
    title: str
    summary: str
    memory: Mapping[str, tuple[int, int]]
    volumes: Mapping[str, int]


PLANS = {
    plan.name: plan
    for plan in (
        Plan(
            name="small",
            title="Small",
            summary="A shop that begins: a few hundred products, a handful of visitors at a time",
            memory={"web": (80, 256), "database": (96, 256), "setup": (64, 256), "cache": (16, 32)},
            volumes={"content": 1, "database": 1},
        ),
        Plan(
            name="medium",
            title="Medium",
            summary="A shop that earns: thousands of products, tens of visitors at a time",
            memory={"web": (128, 512), "database": (160, 512), "setup": (64, 512), "cache": (16, 64)},
            volumes={"content": 5, "database": 2},
        ),
        Plan(
            name="large",
            title="Large",
            summary="A busy shop: large catalogues, imports, campaigns",
            memory={"web": (256, 1024), "database": (320, 1024), "setup": (128, 1024), "cache": (32, 128)},
            volumes={"content": 20, "database": 5},
        ),
    )
}


@dataclass(frozen=True)
class Scale:
    """What a resource class multiplies of a plan; what is reserved stays, since idle is idle everywhere."""

    limit: int
    volume: int
    cpu: str


SCALES = {"local": Scale(limit=1, volume=1, cpu="1"), "prod": Scale(limit=2, volume=5, cpu="2")}


def resources(plan: Plan, resource_class: str, components: Iterable[str]) -> dict[str, dict[str, str]]:
    """Component -> {"request", "limit"} as Kubernetes quantities: the `resources` of a chart with these components."""
    scale = SCALES[resource_class].limit
    sizes = ((component, *plan.memory[component]) for component in components)
    return {name: {"request": f"{reserved}Mi", "limit": f"{limit * scale}Mi"} for name, reserved, limit in sizes}


def volume_sizes(plan: Plan, resource_class: str) -> dict[str, str]:
    """Volume -> size as Kubernetes quantity; for new volumes only, since one that exists keeps its size."""
    return {name: f"{size * SCALES[resource_class].volume}Gi" for name, size in plan.volumes.items()}


def quota(plan: Plan, resource_class: str, components: Iterable[str]) -> dict[str, str]:
    """The most that a store of these components may take, as the hard limits of a ResourceQuota.

    At rest a store is one web and one database pod. On top comes what an upgrade and the clock start: a second
    web pod, and three Jobs at a time (the set-up, the clock's, and one more such as a backup).
    """
    containers = {"web": 2, "database": 1, "setup": 3, "cache": 1}
    scale = SCALES[resource_class]
    counts = [(plan.memory[component], containers[component]) for component in components]
    reserved = sum(size[0] * count for size, count in counts)
    limit = sum(size[1] * count for size, count in counts) * scale.limit
    return {
        "requests.cpu": scale.cpu,
        "requests.memory": f"{reserved}Mi",
        "limits.memory": f"{limit}Mi",
        "requests.storage": f"{sum(plan.volumes.values()) * scale.volume}Gi",
    }


def plans_for(minimum: Mapping[str, int], resource_class: str = "local") -> list[str]:
    """Names of the plans, smallest first, whose limits hold `minimum`: component -> MiB."""
    scale = SCALES[resource_class].limit
    return [
        plan.name
        for plan in PLANS.values()
        if all(plan.memory[component][1] * scale >= need for component, need in minimum.items())
    ]


def plan_problem(name: str, engine: str, minimum: Mapping[str, int], resource_class: str = "local") -> str:
    """Why the plan `name` cannot run `engine`, with the plans that can; "" when it can."""
    possible = plans_for(minimum, resource_class)
    if name in possible:
        return ""
    choice = f"choose one of: {', '.join(possible)}" if possible else "no plan is big enough; see stores/plans.py"
    if name not in PLANS:
        return f"{name!r} is not a plan; {choice}"
    needs = ", ".join(f"{need} MiB for {component}" for component, need in minimum.items())
    return f"the plan {name!r} cannot hold {engine}, which needs {needs}; {choice}"

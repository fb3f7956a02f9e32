"""Kubernetes quantities, and how much of them the objects of a manifest need."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

Object = Mapping[str, Any]
_UNITS = {
    "m": Fraction(1, 1000), "k": Fraction(1000), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12),
    "Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40),
}  # fmt: skip


def quantity(text: object) -> Fraction:
    """The number that a quantity such as `256Mi`, `20m` or `1` means; 0 for what is none."""
    said = str(text).strip()
    digits = said.rstrip("kKMGTim")
    try:
        return Fraction(digits) * _UNITS.get(said[len(digits) :], Fraction(1))
    except (ValueError, ZeroDivisionError):
        return Fraction(0)


def shown(resource: str, amount: Fraction) -> str:
    """A quantity for people: memory and storage in Mi, all else as a number."""
    if resource.endswith(("memory", "storage")):
        return f"{float(amount / 2**20):g}Mi"
    return f"{float(amount):g}"


def demand(objects: Iterable[Object]) -> dict[str, Fraction]:
    """Resource of a quota -> the most that the objects take at a time: an update's surge and every Job included."""
    total: defaultdict[str, Fraction] = defaultdict(Fraction)
    for item in objects:
        if item["kind"] == "PersistentVolumeClaim":
            total["persistentvolumeclaims"] += 1
            total["requests.storage"] += _number(item, "spec", "resources", "requests", "storage")
        for spec, count in _pods(item):
            total["pods"] += count
            for key, amount in pod_demand(spec).items():
                total[key] += amount * count
    return dict(total)


def pod_demand(spec: Object) -> dict[str, Fraction]:
    """What one pod takes: the sum of its containers, or its greediest init container if that is more."""
    result: dict[str, Fraction] = {}
    for group in ("requests", "limits"):
        for resource in ("cpu", "memory"):
            every = sum((_number(c, "resources", group, resource) for c in spec.get("containers") or []), Fraction(0))
            first = (_number(c, "resources", group, resource) for c in spec.get("initContainers") or [])
            result[f"{group}.{resource}"] = max([every, *first])
    return result


def _pods(item: Object) -> Iterator[tuple[Object, int]]:
    """The pods that an object makes at most at a time: (spec, how many)."""
    spec = item.get("spec") or {}
    match item["kind"]:
        case "Deployment":
            rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
            surge = rolling.get("maxSurge", 1)
            replicas = int(spec.get("replicas", 1))
            yield spec["template"]["spec"], replicas + (surge if isinstance(surge, int) else 1)
        case "StatefulSet":
            yield spec["template"]["spec"], int(spec.get("replicas", 1))
        case "Job":
            yield spec["template"]["spec"], int(spec.get("parallelism", 1))
        case "CronJob":
            yield spec["jobTemplate"]["spec"]["template"]["spec"], 1
        case "Pod":
            yield spec, 1


def _number(item: Object, *path: str) -> Fraction:
    value: Any = item
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return quantity(value or 0)

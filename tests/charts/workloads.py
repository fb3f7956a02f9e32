"""Everything that makes pods, seen alike: Deployment, StatefulSet, Job and CronJob."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .rendering import Object


@dataclass(frozen=True)
class Workload:
    """`spec` is the controller's own, `pod` the pod's; both are the rendered dicts, not copies."""

    kind: str
    name: str
    spec: Object
    labels: Object
    pod: Object

    @property
    def containers(self) -> list[Object]:
        """Every container, init containers first."""
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]


def workloads(objects: Iterable[Object]) -> Iterator[Workload]:
    """Each object that makes pods."""
    for item in objects:
        spec = item["spec"]
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            template = spec["template"]
            name = f"{item['kind']}/{item['metadata']['name']}"
            labels = template.get("metadata", {}).get("labels", {})
            yield Workload(item["kind"], name, spec, labels, template["spec"])

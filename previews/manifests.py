"""Kubernetes manifests as objects by name, and how two sets of them differ.

What Helm writes anew at each revision is no difference: the chart's version in a label, and the number of the
revision in the name of a Job.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from previews.fields import differences
from previews.model import Change, Verb

Objects = Mapping[str, dict[str, Any]]
CHART_LABEL = "helm.sh/chart"
REVISION = "<revision>"
_NOISE = (
    "deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration",
    "meta.helm.sh/release-name", "meta.helm.sh/release-namespace",
)  # fmt: skip
_NUMBERED = re.compile(r"-\d+\Z")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str) -> dict[str, dict[str, Any]]:
    """The objects of a manifest by `Kind/name`; Jobs of a revision are called after it. Raises `yaml.YAMLError`."""
    documents = yaml.load_all(text, Loader=_Loader)
    objects = [item for item in documents if isinstance(item, dict) and "kind" in item]
    return {key_of(item): item for document in objects for item in _flat(document)}


def _flat(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if document["kind"] == "List":
        yield from (item for item in document.get("items") or [] if isinstance(item, dict))
    else:
        yield document


def key_of(item: Mapping[str, Any]) -> str:
    """`Kind/name`, by which an object is found again in another manifest."""
    name = str(item.get("metadata", {}).get("name", ""))
    return f"{item['kind']}/{_NUMBERED.sub(f'-{REVISION}', name) if item['kind'] == 'Job' else name}"


def without_noise(item: Mapping[str, Any]) -> dict[str, Any]:
    """The object without what is written anew each time. The document itself stays as it is."""
    metadata = dict(item.get("metadata") or {})
    metadata["labels"] = {k: v for k, v in (metadata.get("labels") or {}).items() if k != CHART_LABEL}
    metadata["annotations"] = {k: v for k, v in (metadata.get("annotations") or {}).items() if k not in _NOISE}
    if item["kind"] == "Job":
        metadata["name"] = key_of(item).partition("/")[2]
    kept = {key: value for key, value in metadata.items() if value}
    return {**{key: value for key, value in item.items() if key != "status"}, "metadata": kept}


def changes(old: Objects, new: Objects) -> tuple[Change, ...]:
    """What happens to each object when the manifest `old` becomes `new`, in the order of their names."""
    found = []
    for key in sorted({*old, *new}):
        if key not in new:
            found.append(Change(Verb.DELETE, key))
        elif key not in old:
            found.append(Change(Verb.CREATE, key))
        elif fields := differences(without_noise(old[key]), without_noise(new[key]), old[key]["kind"]):
            found.append(Change(Verb.UPDATE, key, fields))
    return tuple(found)

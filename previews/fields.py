"""How two documents differ, property by property, in texts that hold no secret.

Secrets are compared before they are masked, so that a change of one is told without its value.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard.failures import clean
from previews.model import Field

MASK = "[secret]"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi puts where a value is known only after the update."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which Pulumi marks a secret (and an asset) in a document."""

LONGEST = 160
"""Characters of a value that are shown."""

_MISSING: Any = object()
_SENSITIVE = re.compile(
    r"(?i)(password|passwd|passphrase|token|credentials?|(private|api|access)[-_]?key|client[-_]?secret)$"
)
_HARMLESS = frozenset(("automountServiceAccountToken", "serviceAccountToken"))
_SECRET_FIELDS = ("data", "stringData")


def differences(old: Any, new: Any, kind: str = "") -> tuple[Field, ...]:
    """Every property that differs, by path. `kind` is the document's; of a Secret no value is shown.

    Lists whose items have names are compared by name, so that an inserted container is one difference.
    """
    return tuple(_walk(old, new, (), kind))


def _walk(old: Any, new: Any, path: tuple[str, ...], kind: str) -> Iterator[Field]:
    if isinstance(old, Mapping) and isinstance(new, Mapping) and SIGNATURE not in {*old, *new}:
        for key in sorted({*old, *new}):
            yield from _walk(old.get(key, _MISSING), new.get(key, _MISSING), (*path, str(key)), kind)
        return
    named = _by_name(old), _by_name(new)
    if named[0] is not None and named[1] is not None:
        for name in {**named[0], **named[1]}:
            yield from _walk(
                named[0].get(name, _MISSING), named[1].get(name, _MISSING), (*path[:-1], f"{path[-1]}[{name}]"), kind
            )
        if list(named[0]) != list(named[1]) and set(named[0]) == set(named[1]):
            yield Field(".".join(path), "one order", "another order")
        return
    if _written(old) != _written(new):
        yield Field(".".join(path), _text(old, path, kind), _text(new, path, kind))


def _written(value: Any) -> str:
    """For comparing: unlike `==` this tells True from 1."""
    return "" if value is _MISSING else json.dumps(value, sort_keys=True, default=str)


def _by_name(value: Any) -> dict[str, Any] | None:
    """The items of a list by their names; None where they have none, or share one."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(i, Mapping) for i in value):
        return None
    names = [str(item.get("name") or item.get("mountPath") or "") for item in value]
    return dict(zip(names, value, strict=True)) if all(names) and len(set(names)) == len(names) else None


def _text(value: Any, path: tuple[str, ...], kind: str) -> str | None:
    if value is _MISSING:
        return None
    masked = mask(value, path, kind)
    said = masked if isinstance(masked, str) else json.dumps(masked, sort_keys=True, ensure_ascii=False)
    said = clean(said.replace(UNKNOWN, "(known after the update)"))
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def mask(value: Any, path: tuple[str, ...] = (), kind: str = "") -> Any:
    """`value` with every secret in it replaced; `path` and `kind` say where it stands."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return MASK
        # The name of an environment variable says what its value is.
        inner = {"value": f"{path[-1] if path else ''}[{value['name']}]"} if isinstance(value.get("name"), str) else {}
        return {k: mask(v, (*path, *filter(None, [inner.get(k)]), str(k)), kind) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [mask(item, path, kind) for item in value]
    return MASK if value not in (None, "") and is_secret(path, kind) else value


def is_secret(path: tuple[str, ...], kind: str) -> bool:
    """Whether the value at `path` of a document of that kind may not be shown."""
    if kind == "Secret" and path and path[0] in _SECRET_FIELDS:
        return True
    keys = [key.rstrip("]").rpartition("[")[2] for key in path]
    telling = keys[-2:] if keys[-1:] == ["value"] else keys[-1:]
    return any(_SENSITIVE.search(key) and key not in _HARMLESS for key in telling)

"""Which names a store can have. Standard library only: other programs read this file with `runpy.run_path`."""

import re

NAME = re.compile(r"\A[a-z][a-z0-9-]{1,28}[a-z0-9]\Z")
RESERVED = frozenset(
    ("admin", "api", "app", "dashboard", "default", "ftp", "kube", "localhost", "mail", "ns1", "ns2", "platform")
    + ("smtp", "status", "storefleet", "www")
)


def name_problem(name: str) -> str:
    """Why `name` cannot be a store's name, with the cure; "" when it can."""
    if not NAME.match(name):
        return (
            f"{name!r} cannot be a store's name: use 3 to 30 lower-case letters, digits and hyphens, "
            "a letter first and no hyphen last"
        )
    if "--" in name:
        return f"{name!r} cannot be a store's name: two hyphens in a row are reserved; use one"
    if name in RESERVED or name.startswith("kube-"):
        return f"{name!r} is a reserved name; choose another, for instance {name}-shop"
    return ""

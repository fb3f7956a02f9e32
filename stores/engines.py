"""The engines a store can run. A new engine is one chart and one entry here.

Standard library only: other programs read this file with `runpy.run_path`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Engine:
    """`chart` is a folder in `charts/`; `images` are the images that its values name.

    `title` and `summary` are what a person chooses by. `minimum` is component -> MiB that its containers need
    under load, without which a plan is refused; see the notes beside each figure.
    `feature` is the optional part whose version the image label `storefleet.dev/<feature>` tells.
    """

    name: str
    title: str
    summary: str
    minimum: Mapping[str, int]
    chart: str
    database_port: int
    images: tuple[str, ...]
    secret_keys: tuple[str, ...]
    feature: str
    notice_when_absent: str


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            name="woocommerce",
            title="WooCommerce",
            summary="A WordPress shop with its own MariaDB; the widest choice of themes and extensions",
            # Measured with eight requests at a time: web 184 MiB, set-up 58 MiB, database 90 MiB.
            minimum={"web": 224, "database": 128, "setup": 128},
            chart="../charts/woocommerce",
            database_port=3306,
            images=("wordpress", "mariadb"),
            secret_keys=("admin-password", "database-root-password", "database-password", "application-secret"),
            feature="woocommerce",
            notice_when_absent="WooCommerce is not in this image (add it, connected: make fetch-vendor images)",
        ),
        Engine(
            name="medusa",
            title="Medusa",
            summary="A shop with an API and admin pages of its own on PostgreSQL; for developers",
            # Measured: web 330 MiB after a purchase; a migration at an upgrade, in the set-up, 320 MiB.
            minimum={"web": 512, "database": 128, "setup": 384},
            chart="../charts/medusa",
            database_port=5432,
            images=("medusa", "postgres"),
            secret_keys=("admin-password", "database-password", "application-secret"),
            feature="medusa",
            notice_when_absent="",
        ),
    )
}

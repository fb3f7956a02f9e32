"""The engines a store can run. A new engine is one chart and one entry here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Engine:
    """`chart` is a folder in `charts/`; `images` are the images that its values name.

    `feature` is the optional part whose version the image label `storefleet.dev/<feature>` tells.
    """

    name: str
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
            chart="../charts/woocommerce",
            database_port=3306,
            images=("wordpress", "mariadb"),
            secret_keys=("admin-password", "database-root-password", "database-password", "application-secret"),
            feature="woocommerce",
            notice_when_absent="WooCommerce is not in this image (add it, connected: make fetch-vendor images)",
        ),
    )
}

"""One store: who it is, whether it may be, what it consists of, what others read of it."""

from pathlib import Path
from typing import Any

import pulumi
import yaml
from guard import check_namespace
from store import SECRET, Store
from tenant import check_images, check_request, make_tenant

CONTRACT = (
    "installation", "domain", "publicPort", "ingressClass", "ingressNamespace", "storageClass",
    "resourceClass", "tlsIssuer", "images", "grant",
)  # fmt: skip

name, config = pulumi.get_stack(), pulumi.Config()
keys = ("engine", "plan", "title", "adminUser", "adminEmail", "platform", "timeoutSeconds")
request = {key: config.get(key) or "" for key in keys}
check_request(name, request["engine"])


def declare(outputs: dict[str, Any]) -> dict[str, Any]:
    """Declare the store when the platform's outputs are known; return this stack's outputs."""
    if missing := [key for key in CONTRACT if key not in outputs]:
        raise pulumi.RunError(
            f"the platform stack {request['platform']!r} does not say {', '.join(missing)}; run 'make platform' first"
        )
    tenant = make_tenant(name, request, outputs)
    check_images(tenant)
    check_namespace(tenant.namespace, tenant.labels)
    Store(tenant)
    version = yaml.safe_load((Path(tenant.engine.chart) / "Chart.yaml").read_text())["version"]
    return {
        "url": tenant.url,
        "namespace": tenant.namespace,
        "engine": tenant.engine.name,
        "plan": tenant.plan.name,
        "chartVersion": version,
        "adminSecretName": SECRET,
        "adminSecretKey": "admin-password",
        "notice": tenant.engine.notice_when_absent if tenant.feature == "absent" else "",
    }


platform = pulumi.StackReference(f"organization/storefleet/{request['platform']}")
declared = platform.outputs.apply(declare)
for output in ("url", "namespace", "engine", "plan", "chartVersion", "adminSecretName", "adminSecretKey", "notice"):
    pulumi.export(output, declared[output])

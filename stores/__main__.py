"""One store: who it is, whether it may be, what it consists of, what others read of it."""

from pathlib import Path
from typing import Any

import pulumi
import yaml
from engines import ENGINES
from guard import check_namespace
from patience import be_patient
from store import SECRET, Store
from tenant import check_images, check_request, configured, make_tenant

CONTRACT = (
    "installation", "domain", "publicPort", "ingressClass", "ingressNamespace", "storageClass",
    "resourceClass", "tlsIssuer", "images", "grant",
)  # fmt: skip

OUTPUTS = (
    "url", "namespace", "engine", "plan", "title", "settings", "chartVersion", "adminLogin", "adminSecretName",
    "adminSecretKey", "notice",
)  # fmt: skip
KEYS = ("engine", "plan", "title", "adminUser", "adminEmail", "platform", "timeoutSeconds")

be_patient()
name, config = pulumi.get_stack(), pulumi.Config()
request = {key: config.get(key) or "" for key in KEYS}
# Every other key of this project is a setting of the engine, or a mistake that is refused.
asked = {key: value for key, value in configured().items() if key not in KEYS}
check_request(name, request, asked)
secret_names = {wish.name for wish in ENGINES[request["engine"]].secret_wishes}
settings = {key: value for key, value in asked.items() if key not in secret_names}
secret_settings = {key: config.require_secret(key) for key in sorted(secret_names & set(asked)) if asked[key]}


def declare(outputs: dict[str, Any]) -> dict[str, Any]:
    """Declare the store when the platform's outputs are known; return this stack's outputs."""
    if missing := [key for key in CONTRACT if key not in outputs]:
        raise pulumi.RunError(
            f"the platform stack {request['platform']!r} does not say {', '.join(missing)}; run 'make platform' first"
        )
    tenant = make_tenant(name, request, outputs, settings)
    check_images(tenant)
    check_namespace(tenant.namespace, tenant.labels)
    Store(tenant, secret_settings)
    version = yaml.safe_load((Path(tenant.engine.chart) / "Chart.yaml").read_text())["version"]
    return {
        "url": tenant.url,
        "namespace": tenant.namespace,
        "engine": tenant.engine.name,
        "plan": tenant.plan.name,
        "title": tenant.title,
        "settings": settings,
        "chartVersion": version,
        "adminLogin": tenant.admin_email if tenant.engine.login_is_email else tenant.admin_user,
        "adminSecretName": SECRET,
        "adminSecretKey": "admin-password",
        "notice": tenant.engine.notice_when_absent if tenant.feature == "absent" else "",
    }


platform = pulumi.StackReference(f"organization/storefleet/{request['platform']}")
declared = platform.outputs.apply(declare)
for output in OUTPUTS:
    pulumi.export(output, declared[output])

"""The component `Store`: a namespace, its fence, its secrets, and the Helm Release inside."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import yaml
from grant import let_worker_in
from isolation import limits_spec, network_policy_specs, quota_spec
from plans import resources, volume_sizes
from tenant import Tenant
from wishes import settings

SECRET = "store-secrets"
SETTINGS_SECRET = f"{SECRET}-settings"
PASSWORD_BYTES = 24


class Store(pulumi.ComponentResource):
    """All objects of one tenant. Does not check the request: `tenant` and `guard` do, before."""

    def __init__(self, tenant: Tenant, secret_settings: Mapping[str, pulumi.Output[str]]) -> None:
        super().__init__("storefleet:index:Store", tenant.name)
        made = kubernetes.core.v1.Namespace(
            "namespace",
            metadata={"name": tenant.namespace, "labels": namespace_labels(tenant)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        metadata = {"namespace": tenant.namespace, "labels": tenant.labels}
        namespace = let_worker_in(tenant.platform["grant"], made, metadata, self)
        # What has no end of its own goes with the namespace, in one call instead of one each. The release does not:
        # its pods are told to stop while the namespace still stands, which is sooner.
        inside = pulumi.ResourceOptions(parent=self, depends_on=[namespace], deleted_with=made)
        fence = self._fence(tenant, inside)
        secret = self._secret(tenant, pulumi.ResourceOptions.merge(
            # Made once: later runs make other values, which are ignored.
            inside, pulumi.ResourceOptions(ignore_changes=["data", "stringData"]),
        ))  # fmt: skip
        given = self._secret_settings(tenant, secret_settings, inside)
        self.release = kubernetes.helm.v3.Release(
            "release",
            **release_arguments(tenant),
            # No pod may start before its fence stands.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*fence, secret, *given]),
        )
        self.register_outputs({})

    def _fence(self, tenant: Tenant, options: pulumi.ResourceOptions) -> list[pulumi.Resource]:
        metadata = {"namespace": tenant.namespace, "labels": tenant.labels}
        platform = tenant.platform
        quota = kubernetes.core.v1.ResourceQuota(
            "quota",
            metadata={"name": "store", **metadata},
            spec=quota_spec(tenant.plan, platform["resourceClass"], tenant.engine.minimum),
            opts=options,
        )
        limits = kubernetes.core.v1.LimitRange(
            "limits", metadata={"name": "store", **metadata}, spec=limits_spec(), opts=options
        )
        specs = network_policy_specs(
            platform["ingressNamespace"], tenant.engine.database_ports, bool(platform["tlsIssuer"])
        )
        policies = [
            kubernetes.networking.v1.NetworkPolicy(name, metadata={"name": name, **metadata}, spec=spec, opts=options)
            for name, spec in specs.items()
        ]
        return [quota, limits, *policies]

    def _secret(self, tenant: Tenant, options: pulumi.ResourceOptions) -> pulumi.Resource:
        values = {key: secrets.token_urlsafe(PASSWORD_BYTES) for key in tenant.engine.secret_keys}
        return kubernetes.core.v1.Secret(
            "secrets",
            metadata={"name": SECRET, "namespace": tenant.namespace, "labels": tenant.labels},
            string_data=pulumi.Output.secret(values),
            opts=options,
        )

    def _secret_settings(
        self, tenant: Tenant, given: Mapping[str, pulumi.Output[str]], options: pulumi.ResourceOptions
    ) -> list[pulumi.Resource]:
        """Secrets that the owner set; unlike the generated ones they follow the configuration."""
        if not given:
            return []
        metadata = {"name": SETTINGS_SECRET, "namespace": tenant.namespace, "labels": tenant.labels}
        return [kubernetes.core.v1.Secret("settings", metadata=metadata, string_data=dict(given), opts=options)]


def namespace_labels(tenant: Tenant) -> dict[str, str]:
    """The owner's labels and Pod Security `restricted`, enforced."""
    modes = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    return {**tenant.labels, **modes}


def release_arguments(tenant: Tenant) -> dict[str, Any]:
    """Arguments of the Helm Release: all or nothing on create and on upgrade."""
    return {
        "name": tenant.engine.name,
        "namespace": tenant.namespace,
        "chart": tenant.engine.chart,
        "values": chart_values(tenant, Path(tenant.engine.chart)),
        "atomic": True,
        "cleanup_on_fail": True,
        "wait_for_jobs": True,
        "timeout": tenant.timeout_seconds,
        "max_history": 5,
        "dependency_update": False,
        "create_namespace": False,
    }


def chart_values(tenant: Tenant, chart: Path) -> dict[str, Any]:
    """The chart's file for the platform's resource class, under what tenant, plan and platform say."""
    platform = tenant.platform
    sizes = {f"{name}Size": size for name, size in volume_sizes(tenant.plan, platform["resourceClass"]).items()}
    base = yaml.safe_load((chart / f"values-{platform['resourceClass']}.yaml").read_text())
    # A chart's schema is closed: one whose engine offers no settings takes none.
    chosen = {"settings": settings(tenant.engine.wishes, tenant.settings)} if tenant.engine.wishes else {}
    return {
        **base,
        **chosen,
        "store": {
            "name": tenant.name, "title": tenant.title, "host": tenant.host, "url": tenant.url,
            "adminUser": tenant.admin_user, "adminEmail": tenant.admin_email,
        },
        "secretName": SECRET,
        "images": {name: platform["images"][name]["ref"] for name in tenant.engine.images},
        "features": {tenant.engine.feature: tenant.feature},
        "resources": resources(tenant.plan, platform["resourceClass"], tenant.engine.minimum),
        "storage": {**base["storage"], **sizes, "className": platform["storageClass"]},
        "ingress": {"className": platform["ingressClass"], "tlsIssuer": platform["tlsIssuer"]},
    }  # fmt: skip

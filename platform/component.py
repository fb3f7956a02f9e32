"""The component `Dashboard`: database, worker, web, and what the worker may do."""

import secrets
from typing import Any

import fences
import postgres
import pulumi
import pulumi_kubernetes as kubernetes
import workloads
from confinement import confinement_policy
from environment import Environment
from pods import SECRET, metadata
from rights import NAMESPACE, STORE_MANAGER, WORKER, own_rules, store_rules, worker_rules

SECRET_KEYS = (
    "postgres-password", "queue-password", "state-password", "passphrase", "worker-token", "operator-password",
)  # fmt: skip
SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}
RBAC = "rbac.authorization.k8s.io"


class Dashboard(pulumi.ComponentResource):
    """The dashboard in the cluster. `contract` is what its worker publishes for the stores.

    `before` is what has to stand first: the namespace, and the policies that confine the worker.
    In production the Secret and the database are protected: without them no store's state can be read.
    """

    def __init__(
        self, environment: Environment, contract: dict[str, Any], stack: str, before: list[pulumi.Resource]
    ) -> None:
        super().__init__("storefleet:index:Dashboard", "dashboard")
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=before)
        self._kept = pulumi.ResourceOptions.merge(
            self._inside, pulumi.ResourceOptions(protect=environment.resource_class == "prod")
        )
        self._network(environment)
        secret, database = self._secret(), self._database(environment)
        rights = self._rights(contract)
        ready = pulumi.ResourceOptions.merge(
            self._inside, pulumi.ResourceOptions(depends_on=[secret, database, *rights])
        )
        kubernetes.apps.v1.Deployment(
            WORKER,
            metadata=metadata(WORKER),
            spec=workloads.worker(environment, contract, stack),
            opts=ready,
        )
        kubernetes.apps.v1.Deployment(
            "dashboard-web", metadata=metadata("dashboard-web"), spec=workloads.web(environment), opts=ready
        )
        self.register_outputs({})

    def _network(self, environment: Environment) -> None:
        for name, spec in fences.network_policies(environment).items():
            kubernetes.networking.v1.NetworkPolicy(
                name, metadata=metadata(name, "network"), spec=spec, opts=self._inside
            )
        for name, spec in {**fences.services(), postgres.NAME: postgres.service()}.items():
            # Without ready pods yet: the Deployments are what is waited for.
            annotated = {**metadata(name), "annotations": SKIP_AWAIT}
            kubernetes.core.v1.Service(name, metadata=annotated, spec=spec, opts=self._inside)
        annotations = {**fences.ingress_annotations(environment), **SKIP_AWAIT}
        kubernetes.networking.v1.Ingress(
            "dashboard",
            metadata={**metadata("dashboard", "web"), "annotations": annotations},
            spec=fences.ingress(environment),
            opts=self._inside,
        )

    def _secret(self) -> pulumi.Resource:
        values = {key: secrets.token_urlsafe(24) for key in SECRET_KEYS}
        return kubernetes.core.v1.Secret(
            "secrets",
            metadata=metadata(SECRET, "secrets"),
            string_data=pulumi.Output.secret(values),
            # Made once: later runs make other values, which are ignored.
            opts=pulumi.ResourceOptions.merge(
                self._kept, pulumi.ResourceOptions(ignore_changes=["data", "stringData"])
            ),
        )

    def _database(self, environment: Environment) -> pulumi.Resource:
        setup = kubernetes.core.v1.ConfigMap("database", **postgres.config(), opts=self._inside)
        return kubernetes.apps.v1.StatefulSet(
            postgres.NAME,
            metadata=metadata(postgres.NAME),
            spec=postgres.statefulset(
                environment.images["postgres"]["ref"], environment.storage_class, environment.resource_class
            ),
            opts=pulumi.ResourceOptions.merge(self._kept, pulumi.ResourceOptions(depends_on=[setup])),
        )

    def _rights(self, contract: dict[str, Any]) -> list[pulumi.Resource]:
        rbac, inside = kubernetes.rbac.v1, self._inside
        account = {"kind": "ServiceAccount", "name": WORKER, "namespace": NAMESPACE}

        def to(kind: str, name: str) -> dict[str, str]:
            return {"api_group": RBAC, "kind": kind, "name": name}

        wide = {"name": f"storefleet-{WORKER}"}
        return [
            kubernetes.core.v1.ServiceAccount(
                WORKER, metadata=metadata(WORKER), automount_service_account_token=False, opts=inside
            ),
            kubernetes.core.v1.ConfigMap(
                WORKER, metadata=metadata(WORKER), data=workloads.worker_files(contract), opts=inside
            ),
            rbac.ClusterRole(STORE_MANAGER, metadata={"name": STORE_MANAGER}, rules=store_rules(), opts=inside),
            rbac.ClusterRole(wide["name"], metadata=wide, rules=worker_rules(), opts=inside),
            rbac.ClusterRoleBinding(
                wide["name"], metadata=wide, role_ref=to("ClusterRole", wide["name"]), subjects=[account], opts=inside
            ),
            rbac.Role(WORKER, metadata=metadata(WORKER), rules=own_rules(), opts=inside),
            rbac.RoleBinding(
                WORKER, metadata=metadata(WORKER), role_ref=to("Role", WORKER), subjects=[account], opts=inside
            ),
        ]


def worker_policy(environment: Environment) -> dict[str, dict[str, Any]]:
    """Name -> spec of the admission policies that come with a worker in the cluster."""
    return {"storefleet-worker": confinement_policy(environment.installation)}

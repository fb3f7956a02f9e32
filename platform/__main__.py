"""What all stores share: namespace, policies, issuer, the contract that the stores read, the dashboard if asked."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
from acme import check_issuer, declare_issuer
from component import Dashboard, worker_policy
from contract import contract
from environment import read_environment
from policies import policies
from rights import NAMESPACE

environment = read_environment(Path(__file__).resolve().parent.parent)
check_issuer(environment)
in_cluster = environment.dashboard == "cluster"

modes = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
namespace = kubernetes.core.v1.Namespace("storefleet", metadata={"name": NAMESPACE, "labels": modes})
declare_issuer(environment)
bindings: list[pulumi.Resource] = []
for name, spec in {**policies(), **(worker_policy(environment) if in_cluster else {})}.items():
    policy = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(name, metadata={"name": name}, spec=spec)
    bindings.append(
        kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
            name,
            metadata={"name": name},
            spec={"policy_name": name, "validation_actions": ["Deny"]},
            opts=pulumi.ResourceOptions(parent=policy),
        )
    )

outputs = contract(environment)
if in_cluster:
    Dashboard(environment, outputs, pulumi.get_stack(), [namespace, *bindings])
for key, value in outputs.items():
    pulumi.export(key, value)
pulumi.export("dashboardUrl", environment.url("dashboard") if in_cluster else "")

"""What all stores share: namespace, policies, and the contract that the stores read."""

from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
from environment import read_environment
from policies import policies

environment = read_environment(Path(__file__).resolve().parent.parent)

kubernetes.core.v1.Namespace("storefleet", metadata={"name": "storefleet"})
for name, spec in policies().items():
    policy = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(name, metadata={"name": name}, spec=spec)
    kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
        name,
        metadata={"name": name},
        spec={"policy_name": name, "validation_actions": ["Deny"]},
        opts=pulumi.ResourceOptions(parent=policy),
    )

pulumi.export("installation", environment.installation)
pulumi.export("domain", environment.domain)
pulumi.export("publicPort", environment.public_port)
pulumi.export("ingressClass", environment.ingress_class)
pulumi.export("ingressNamespace", environment.ingress_namespace)
pulumi.export("storageClass", environment.storage_class)
pulumi.export("resourceClass", environment.resource_class)
pulumi.export("tlsIssuer", environment.tls_issuer)
pulumi.export("images", environment.images)

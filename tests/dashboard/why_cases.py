"""For each reason of the table what a cluster showed, the object to blame, and a part of what is told."""

from dashboard.why import Facts
from tests.dashboard.objects import (
    JSON,
    NAMESPACE,
    NOW,
    SHOP,
    ago,
    certificate,
    challenge,
    claim,
    condition,
    container,
    database,
    deployment,
    ended,
    event,
    facts,
    healthy,
    job,
    running,
    setup_pod,
    shop,
    stateful_set,
    thing,
    waiting,
    web,
)

FORBIDDEN = 'pods "web-7947548c9b-" is forbidden: '
GOING = {"deletionTimestamp": ago(600)}


def refused(message: str) -> list[JSON]:
    """A Deployment whose pods the API server does not admit."""
    return [deployment(conditions=[condition("ReplicaFailure", reason="FailedCreate", message=message)])]


def about_pod(reason: str, message: str, name: str = "web-7947548c9b-h2jlm") -> tuple[JSON, ...]:
    return (event("Pod", name, reason, message),)


def unscheduled(message: str) -> JSON:
    return web(phase="Pending", conditions=[condition("PodScheduled", "False", "Unschedulable", message)])


CRASHED = container(waiting={"reason": "CrashLoopBackOff", "message": "back-off 40s"}, restarts=4, last=ended(1))

CASES: dict[str, tuple[Facts, str, str]] = {
    # reason: (what is seen, object, a part of the message)
    "ImagePull": (
        facts(*shop(web(waiting("ImagePullBackOff", "Back-off pulling image"))),
              events=about_pod("Failed", 'Failed to pull image "localhost/none:1": not found')),
        "Pod/web-7947548c9b-h2jlm", 'Failed to pull image "localhost/none:1": not found'),
    "ConfigurationMissing": (
        facts(*shop(web(waiting("CreateContainerConfigError", 'secret "store-secrets" not found')))),
        "Pod/web-7947548c9b-h2jlm", 'secret "store-secrets" not found'),
    "StorageClassMissing": (
        facts(*shop(claim(phase="Pending")), events=(event("PersistentVolumeClaim", "database", "ProvisioningFailed",
              'storageclass.storage.k8s.io "fast" not found'),)),
        "PersistentVolumeClaim/database", '"fast" not found'),
    "VolumeLost": (facts(*shop(claim(phase="Lost"))), "PersistentVolumeClaim/database", "lost its volume"),
    "QuotaExceeded": (
        facts(*refused(FORBIDDEN + "exceeded quota: store, requested: pods=1, used: pods=20, limited: pods=20")),
        "Deployment/web", "used: pods=20, limited: pods=20"),
    "LimitExceeded": (
        facts(*refused(FORBIDDEN + "maximum memory usage per Container is 256Mi, but limit is 1Gi")),
        "Deployment/web", "maximum memory usage"),
    "PolicyRefused": (
        facts(*refused(FORBIDDEN + 'violates PodSecurity "restricted:latest": privileged')),
        "Deployment/web", "privileged"),
    "CreateRefused": (facts(*refused("serviceaccount default not found")), "Deployment/web", "serviceaccount"),
    "NodesFull": (
        facts(*shop(unscheduled("0/1 nodes are available: 1 Insufficient memory."))),
        "Pod/web-7947548c9b-h2jlm", "Insufficient memory"),
    "VolumePending": (
        facts(*shop(claim(phase="Pending")), events=(event("PersistentVolumeClaim", "database", "ProvisioningFailed",
              "failed to provision volume: no space left on device"),)),
        "PersistentVolumeClaim/database", "no space left"),
    "Unschedulable": (
        facts(*shop(unscheduled("0/1 nodes are available: 1 node(s) had untolerated taint(s)."))),
        "Pod/web-7947548c9b-h2jlm", "taint"),
    "MountFailing": (
        facts(*shop(web(waiting("ContainerCreating"), phase="Pending")),
              events=about_pod("FailedAttachVolume", "Multi-Attach error for volume")),
        "Pod/web-7947548c9b-h2jlm", "Multi-Attach"),
    "NetworkFailing": (
        facts(*shop(web(waiting("ContainerCreating"), phase="Pending")),
              events=about_pod("FailedCreatePodSandBox", "Failed to create pod sandbox: no bridge")),
        "Pod/web-7947548c9b-h2jlm", "no bridge"),
    "OutOfMemory": (
        facts(*shop(web(waiting("CrashLoopBackOff", restarts=3, last=ended(137, "OOMKilled"))))),
        "Pod/web-7947548c9b-h2jlm", "exit code 137 (OOMKilled), 3 restarts"),
    "ContainerStart": (
        facts(*shop(web(waiting("RunContainerError", "exec: no such file")))),
        "Pod/web-7947548c9b-h2jlm", "no such file"),
    "LivenessFailing": (
        facts(*shop(web(running(5, restarts=2, last=ended(137)))),
              events=about_pod("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500")),
        "Pod/web-7947548c9b-h2jlm", "statuscode: 500"),
    "CrashLoop": (facts(*shop(web(CRASHED))), "Pod/web-7947548c9b-h2jlm", "main ended with exit code 1, 4 re"),
    "Evicted": (
        facts(deployment(), web(phase="Failed", reason="Evicted", message="low on resource: memory")),
        "Pod/web-7947548c9b-h2jlm", "low on resource"),
    "SetupFailed": (
        facts(*shop(web(running()), job(conditions=[condition("Failed", reason="BackoffLimitExceeded", message="4")]),
              setup_pod(container(terminated=ended(3)), phase="Failed"))),
        "Job/setup-1", "BackoffLimitExceeded: 4; setup-1-tzpqz ended with exit code 3"),
    "SetupRetrying": (
        facts(*shop(web(running()), job(active=1, failed=2),
                    setup_pod(container(terminated=ended(1)), phase="Failed"))),
        "Job/setup-1", "2 tries failed; setup-1-tzpqz ended with exit code 1"),
    "ProbeFailing": (
        facts(*shop(web(running())), events=about_pod("Unhealthy", "Readiness probe failed: connection refused")),
        "Pod/web-7947548c9b-h2jlm", "connection refused"),
    "StuckTerminating": (facts(*shop(web(metadata=GOING))), "Pod/web-7947548c9b-h2jlm", "should have ended"),
    "PodsMissing": (facts(deployment(), *healthy()[1:5], healthy()[6]), "Deployment/web", "no pods"),
    "VolumeBinding": (
        facts(claim(phase="Pending"), stateful_set(), database(
            waiting("ContainerCreating"), phase="Pending",
            spec={"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "database"}}]})),
        "PersistentVolumeClaim/database", "being provisioned"),
    "SettingUp": (
        facts(*shop(web(running()), job(active=1), setup_pod(running())),
              events=about_pod("Unhealthy", "Readiness probe failed: 302")),
        "Job/setup-1", "sets the shop up"),
    "Starting": (
        facts(*shop(database(waiting("ContainerCreating"), phase="Pending"))), "Pod/mariadb-0", "ContainerCreating"),
    "NotCreated": (facts(), f"Namespace/{NAMESPACE}", "nothing in it yet"),
    "NamespaceMissing": (Facts(SHOP, NOW), f"Namespace/{NAMESPACE}", "does not exist"),
    "NamespaceTerminating": (
        facts(home=thing("Namespace", NAMESPACE, metadata={"deletionTimestamp": ago(3)})),
        f"Namespace/{NAMESPACE}", "is being deleted"),
    "NamespaceBlocked": (
        facts(home=thing("Namespace", NAMESPACE, metadata=GOING, status={"conditions": [
            condition("NamespaceDeletionDiscoveryFailure", message="metrics.k8s.io/v1beta1: stale")]})),
        f"Namespace/{NAMESPACE}", "metrics.k8s.io"),
    "CertificateRefused": (
        facts(*healthy(), certificate(condition("Ready"), condition("Issuing", "False", "Failed", "429 too many"))),
        "Certificate/web-tls", "429 too many"),
    "CertificatePending": (
        facts(*healthy(), certificate(condition("Ready", "False")), challenge("wrong status code '502'")),
        "Certificate/web-tls", "wrong status code '502'"),
    "Certifying": (
        facts(*healthy(), certificate(condition("Ready", "False"), age=20)), "Certificate/web-tls", "is being issued"),
    "FinalizerBlocks": (
        facts(claim(**GOING, finalizers=["example.com/backup"]),
              home=thing("Namespace", NAMESPACE, metadata=GOING)),
        "PersistentVolumeClaim/database", "example.com/backup"),
}  # fmt: skip

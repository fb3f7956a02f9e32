"""What the woocommerce chart makes, object by object."""

import copy
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from .rendering import CHARTS, helm, render
from .workloads import Workload, workloads

POD_SECURITY = {
    "runAsNonRoot": True, "fsGroupChangePolicy": "OnRootMismatch", "seccompProfile": {"type": "RuntimeDefault"},
}  # fmt: skip
CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
}  # fmt: skip
WORDPRESS_ENV = [
    {"name": "WORDPRESS_DB_HOST", "value": "mariadb"},
    {"name": "WORDPRESS_DB_NAME", "value": "wordpress"},
    {"name": "WORDPRESS_DB_USER", "value": "wordpress"},
    {"name": "WORDPRESS_DB_PASSWORD_FILE", "value": "/run/secrets/store/database-password"},
    {"name": "WORDPRESS_CACHE_HOST", "value": "mariadb:6379"},
    {"name": "WORDPRESS_SECRET_FILE", "value": "/run/secrets/store/application-secret"},
    {"name": "WORDPRESS_URL", "value": "http://example.127.0.0.1.nip.io"},
    {"name": "WORDPRESS_DISABLE_CRON", "value": "1"},
    {"name": "STORE_XMLRPC", "value": "false"},
    {"name": "STORE_MAIL_FROM", "value": ""},
]
SETTINGS = render("woocommerce", "local").values["settings"]
HEALTHCHECK = {"exec": {"command": ["healthcheck"]}}
DATABASE = {
    "name": "mariadb",
    "image": "localhost/storefleet/mariadb:unset",
    "imagePullPolicy": "IfNotPresent",
    "securityContext": CONTAINER_SECURITY,
    "env": [
        {"name": "MARIADB_ROOT_PASSWORD_FILE", "value": "/run/secrets/store/database-root-password"},
        {"name": "MARIADB_PASSWORD_FILE", "value": "/run/secrets/store/database-password"},
        {"name": "MARIADB_DATABASE", "value": "wordpress"},
        {"name": "MARIADB_USER", "value": "wordpress"},
    ],
    "ports": [{"name": "mariadb", "containerPort": 3306}],
    "startupProbe": {**HEALTHCHECK, "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": 1800},
    "livenessProbe": {**HEALTHCHECK, "periodSeconds": 120, "timeoutSeconds": 30, "failureThreshold": 5},
    "resources": {"requests": {"cpu": "20m", "memory": "96Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}},
    "volumeMounts": [
        {"name": "database", "mountPath": "/var/lib/mysql", "subPath": "mysql"},
        {"name": "tmp", "mountPath": "/tmp"},
        {"name": "run", "mountPath": "/run/mysqld"},
        {"name": "secrets", "mountPath": "/run/secrets/store", "readOnly": True},
    ],
}
CONNECTION = {"tcpSocket": {"port": "cache"}}
CACHE = {
    "name": "cache",
    "image": "localhost/storefleet/valkey:unset",
    "imagePullPolicy": "IfNotPresent",
    "args": ["--maxmemory", "16mb"],
    "securityContext": CONTAINER_SECURITY,
    "env": [{"name": "VALKEY_PASSWORD_FILE", "value": "/run/secrets/store/database-password"}],
    "ports": [{"name": "cache", "containerPort": 6379}],
    "startupProbe": {**CONNECTION, "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": 600},
    "livenessProbe": {**CONNECTION, "periodSeconds": 120, "timeoutSeconds": 30, "failureThreshold": 5},
    "resources": {"requests": {"cpu": "20m", "memory": "16Mi"}, "limits": {"cpu": "1", "memory": "32Mi"}},
    # One file of the Secret: root's password is none of its business.
    "volumeMounts": [
        {"name": "secrets", "mountPath": "/run/secrets/store/database-password", "subPath": "database-password",
         "readOnly": True},
    ],
}  # fmt: skip


def own(component: str) -> dict[str, str]:
    return {"app.kubernetes.io/instance": "example", "app.kubernetes.io/component": component}


def pod_labels(component: str) -> dict[str, str]:
    return {
        **own(component),
        "app.kubernetes.io/name": "woocommerce",
        "app.kubernetes.io/managed-by": "Helm",
        "app.kubernetes.io/part-of": "storefleet",
        "storefleet.dev/store": "example",
    }


def pod_security(user: int) -> dict[str, Any]:
    return {**POD_SECURITY, "runAsUser": user, "runAsGroup": user, "fsGroup": user}


def secret_volume(*keys: str) -> dict[str, Any]:
    items = [{"key": key, "path": key} for key in keys]
    return {"name": "secrets", "secret": {"secretName": "store-secrets", "defaultMode": 0o440, "items": items}}


def workload(name: str, case: str = "local") -> Workload:
    return next(found for found in workloads(render("woocommerce", case).objects) if found.name == name)


def environment(name: str, case: str) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in workload(name, case).containers[0]["env"]}


def test_the_objects_and_no_others() -> None:
    for case in ("local", "prod", "woocommerce", "other-port", "settings"):
        found = {f"{item['kind']}/{item['metadata']['name']}" for item in render("woocommerce", case).objects}
        assert found == {
            "PersistentVolumeClaim/content", "PersistentVolumeClaim/database", "Service/web", "Service/mariadb",
            "Deployment/web", "StatefulSet/mariadb", "Job/setup-1", "CronJob/cron", "Ingress/web",
        }  # fmt: skip


def test_the_database() -> None:
    stateful_set = render("woocommerce", "local").one("StatefulSet", "mariadb")
    assert stateful_set["spec"] == {
        "serviceName": "mariadb",
        "replicas": 1,
        "revisionHistoryLimit": 2,
        "podManagementPolicy": "Parallel",
        "selector": {"matchLabels": own("database")},
        "template": {
            "metadata": {"labels": pod_labels("database")},
            "spec": {
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "terminationGracePeriodSeconds": 60,
                "securityContext": pod_security(999),
                "containers": [DATABASE, CACHE],
                "volumes": [
                    secret_volume("database-password", "database-root-password"),
                    {"name": "database", "persistentVolumeClaim": {"claimName": "database"}},
                    {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
                    {"name": "run", "emptyDir": {"sizeLimit": "16Mi"}},
                ],
            },
        },
    }


def test_the_databases_service_has_an_address_before_the_pod_is_ready() -> None:
    assert render("woocommerce", "local").one("Service", "mariadb")["spec"] == {
        "type": "ClusterIP",
        "publishNotReadyAddresses": True,
        "selector": own("database"),
        "ports": [
            {"name": "mariadb", "port": 3306, "targetPort": "mariadb"},
            {"name": "cache", "port": 6379, "targetPort": "cache"},
        ],
    }


def test_the_set_up_job() -> None:
    job = copy.deepcopy(render("woocommerce", "local").one("Job", "setup-1")["spec"])
    pod = job["template"]["spec"]
    (container,) = pod.pop("containers")
    assert job == {
        "backoffLimit": 3,
        "activeDeadlineSeconds": 840,
        "podFailurePolicy": {
            "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
        },
        "template": {"metadata": {"labels": pod_labels("setup")}, "spec": pod},
    }
    assert pod["securityContext"] == pod_security(33)
    assert pod["volumes"][0] == secret_volume("database-password", "application-secret", "admin-password")
    assert container["command"] == ["php", "/opt/store/setup/run.php"]
    assert container["env"] == [
        *WORDPRESS_ENV,
        {"name": "STORE_SETTINGS", "value": json.dumps(SETTINGS, separators=(",", ":"), sort_keys=True)},
        {"name": "STORE_TITLE", "value": "Example"},
        {"name": "STORE_ADMIN_USER", "value": "admin"},
        {"name": "STORE_ADMIN_EMAIL", "value": "admin@example.test"},
        {"name": "STORE_ADMIN_PASSWORD_FILE", "value": "/run/secrets/store/admin-password"},
    ]
    assert container["resources"] == {
        "requests": {"cpu": "20m", "memory": "64Mi"},
        "limits": {"cpu": "1", "memory": "256Mi"},
    }


def test_each_revision_has_its_own_set_up_job() -> None:
    # Rendering without a cluster is always revision 1, so the template itself is asked.
    source = (CHARTS / "woocommerce" / "templates" / "setup" / "job.yaml").read_text()
    assert "\n  name: setup-{{ .Release.Revision }}\n" in source


def test_the_web_pod() -> None:
    web = workload("Deployment/web")
    assert web.spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert web.spec["selector"] == {"matchLabels": own("web")}
    assert web.labels == pod_labels("web")
    assert web.pod["securityContext"] == pod_security(33)
    assert web.pod["volumes"] == [
        secret_volume("database-password", "application-secret"),
        {"name": "tmp", "emptyDir": {"sizeLimit": "512Mi"}},
        {"name": "content", "persistentVolumeClaim": {"claimName": "content"}},
    ]
    (container,) = web.pod["containers"]
    assert container["env"] == [*WORDPRESS_ENV, {"name": "WEB_WORKERS", "value": "8"}]
    assert container["lifecycle"] == {"preStop": {"sleep": {"seconds": 2}}}
    assert container["ports"] == [{"name": "web", "containerPort": 8080}]


def test_the_clock_waits_for_the_database() -> None:
    # Called at once, wp-cron.php finds a firewall that does not know the pod yet, does nothing, and says it did.
    assert workload("CronJob/cron").containers[0]["command"] == ["php", "/opt/store/clock.php"]


@pytest.mark.parametrize("name", ["Deployment/web", "Job/setup-1", "CronJob/cron"])
def test_pods_that_share_the_uploads_share_a_node(name: str) -> None:
    (term,) = workload(name).pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term == {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": own("web")}}


@pytest.mark.parametrize(
    ("case", "host", "scheme"),
    [
        ("local", "example.127.0.0.1.nip.io", "http"),
        ("other-port", "example.127.0.0.1.nip.io:8080", "http"),
        ("prod", "example.shops.example.org", "https"),
    ],
)
def test_probes_ask_for_the_page_that_a_visitor_sees(case: str, host: str, scheme: str) -> None:
    container = workload("Deployment/web", case).containers[0]
    assert container["startupProbe"]["exec"]["command"][2:5] == ["/opt/store/ready.php", host, scheme]
    assert container["readinessProbe"]["httpGet"] == {
        "path": "/",
        "port": "web",
        "httpHeaders": [{"name": "Host", "value": host}, {"name": "X-Forwarded-Proto", "value": scheme}],
    }


def test_the_ingress_with_and_without_certificates() -> None:
    plain, safe = (render("woocommerce", case).one("Ingress", "web") for case in ("local", "prod"))
    backend = {"service": {"name": "web", "port": {"name": "web"}}}
    assert plain["spec"] == {
        "ingressClassName": "traefik",
        "rules": [
            {
                "host": "example.127.0.0.1.nip.io",
                "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
            }
        ],
    }
    assert "annotations" not in plain["metadata"]
    assert safe["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt"}
    assert safe["spec"]["tls"] == [{"hosts": ["example.shops.example.org"], "secretName": "web-tls"}]


def test_a_title_arrives_as_it_was_written() -> None:
    title = environment("Job/setup-1", "other-port")["STORE_TITLE"]
    written = render("woocommerce", "other-port").values["store"]["title"]
    # Kubernetes reads $$ as $ and leaves the rest alone.
    assert "$(" not in title.replace("$$", "") and title.replace("$$", "$") == written


@pytest.mark.long
def test_shops_do_their_background_work_at_different_minutes() -> None:
    schedules = set()
    for number in range(40):
        setting = f"store.name=store-{number}"
        only = ("-s", "templates/wordpress/cron.yaml")
        done = helm("template", "x", str(CHARTS / "woocommerce"), *only, "--set", setting)
        schedules |= {line.strip() for line in done.stdout.splitlines() if "schedule:" in line}
    assert len(schedules) >= 10


@pytest.mark.parametrize(
    ("profile", "memory", "cache", "issuer"),
    [("local", "256Mi", "32Mi", ""), ("prod", "512Mi", "64Mi", "letsencrypt")],
)
def test_the_profiles(profile: str, memory: str, cache: str, issuer: str) -> None:
    chart = CHARTS / "woocommerce"
    done = helm("template", "x", str(chart), "-f", str(chart / f"values-{profile}.yaml"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f'limits: {{cpu: "1", memory: {memory}}}') == 4
    assert done.stdout.count(f'limits: {{cpu: "1", memory: {cache}}}') == 1
    assert (f"cluster-issuer: {issuer}" in done.stdout) is bool(issuer)


def test_a_release_does_not_carry_test_cases_and_profiles(tmp_path: Path) -> None:
    done = helm("package", str(CHARTS / "woocommerce"), "-d", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (archive,) = tmp_path.glob("*.tgz")
    with tarfile.open(archive) as packed:
        names = {name.removeprefix("woocommerce/") for name in packed.getnames()}
    assert {"Chart.yaml", "values.yaml", "values.schema.json", "templates/setup/job.yaml"} <= names
    assert not [name for name in names if name.startswith(("ci/", "values-"))]

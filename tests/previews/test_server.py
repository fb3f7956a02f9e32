"""What kubectl says of a refused dry run, as findings."""

from previews.model import Level
from previews.server import NOT_ALLOWED, read_refusals

INVALID = (
    'Error from server (Invalid): StatefulSet.apps "mariadb" is invalid: spec: Forbidden: updates to statefulset spec '
    "for fields other than 'replicas', 'template' are forbidden\n"
)


def test_an_immutable_field() -> None:
    (found,) = read_refusals(INVALID)
    assert (found.level, found.subject) == (Level.DANGER, "StatefulSet/mariadb")
    assert found.message.startswith("the API server refuses the update: spec: Forbidden: updates to statefulset spec")


def test_each_of_several_and_no_warnings() -> None:
    quota = (
        'Error from server (Forbidden): persistentvolumeclaims "content" is forbidden: exceeded quota: store, '
        "requested: requests.storage=5Gi\n"
    )
    deployment = (
        'The Deployment "web" is invalid: \n* spec.selector: Invalid value: x: field is immutable\n* spec.b: Bad\n'
    )
    found = list(read_refusals(f"Warning: something is deprecated\n{INVALID}{quota}{deployment}"))
    assert [f.subject for f in found] == ["StatefulSet/mariadb", "PersistentVolumeClaim/content", "Deployment/web"]
    assert "exceeded quota" in found[1].message
    assert "field is immutable * spec.b: Bad" in found[2].message


def test_who_may_not_ask_is_told_so_and_not_that_it_is_refused() -> None:
    said = (
        'Error from server (Forbidden): deployments.apps "web" is forbidden: User "reader" cannot patch resource '
        '"deployments" in API group "apps" in the namespace "store-x"\n'
    )
    assert list(read_refusals(said)) == [NOT_ALLOWED]


def test_what_is_not_understood_is_told_as_it_is_without_secrets() -> None:
    (denied,) = read_refusals("Error from server: admission webhook said no\n")
    assert denied.level is Level.DANGER
    assert "webhook said no" in denied.message
    (found,) = read_refusals("error: unable to reach https://user:hunter2@host: no route\n")
    assert found.level is Level.NOTE
    assert "no route" in found.message
    assert "hunter2" not in found.message

"""What users read when something fails: plain words for what is known, nothing secret for the rest."""

import pytest

from dashboard.failures import KNOWN, LONGEST, clean, explain

SAID = {
    "WrongPassphrase": "error: get stack secrets manager: incorrect passphrase",
    "Locked": "error: the stack is currently locked by 1 lock(s). Either wait",
    "PlatformMissing": 'unknown stack "organization/storefleet/local"',
    "NameTaken": "the namespace store-x exists and is not this store's; choose another name",
    "NamespaceTerminating": "the namespace store-x is still being deleted; try again in a minute",
    "Unauthorized": "Kubernetes cluster unreachable: the server has asked for the client to provide credentials",
    "Unreachable": "configured Kubernetes cluster is unreachable: unable to load schema information",
    "QuotaExceeded": 'pods "web" is forbidden: exceeded quota: store, requested: requests.memory=1Gi',
    "Forbidden": 'secrets is forbidden: User "system:serviceaccount:a:b" cannot list resource "secrets"',
    "ReleaseExists": "error: cannot re-use a name that is still in use",
    "ReleasePending": "another operation (install/upgrade/rollback) is in progress",
    "FieldConflict": "Server-Side Apply field conflict detected. See https://…",
    "Timeout": "release woocommerce failed, and has been uninstalled due to atomic being set: timed out waiting",
    "DiskFull": "write /var/state: no space left on device",
    "PluginMissing": "error: no resource plugin 'pulumi-resource-kubernetes' found",
}


@pytest.mark.parametrize("reason", [known.failure.reason for known in KNOWN])
def test_known_failures_have_a_reason_words_and_a_cure(reason: str) -> None:
    failure = explain(["first line", SAID[reason]])
    assert failure.reason == reason
    assert failure.message and failure.cure
    assert "first line" not in failure.message


def test_a_worker_that_lost_its_token_with_its_pod_is_followed_by_the_next_attempt() -> None:
    # As seen when a pod was force-deleted: its processes outlive its token by seconds.
    said = "an error occurred while uninstalling the release. original install error: Unauthorized: Kubernetes cluster"
    failure = explain([f"{said} unreachable: the server has asked for the client to provide credentials"])
    assert (failure.reason, failure.retryable) == ("Unauthorized", True)


def test_what_the_program_refuses_is_told_in_its_own_words() -> None:
    failure = explain(["'nope' is not an engine; known are: medusa, woocommerce"])
    assert failure.reason == "Refused"
    assert failure.message == "'nope' is not an engine; known are: medusa, woocommerce"
    assert not failure.retryable


def test_a_defect_of_the_program_is_told_without_its_stack_trace() -> None:
    trace = (
        "python inline source runtime error: 'title'\nTraceback (most recent call last):\n"
        '  File "/srv/stores/__main__.py", line 3, in <module>\n    x = config["title"]\nKeyError: \'title\'\n'
    )
    failure = explain([trace])
    assert failure.reason == "Internal"
    assert "Traceback" not in failure.message and "/srv/stores" not in failure.message
    assert "KeyError: 'title'" in failure.message


def test_nothing_said_is_a_failure_all_the_same() -> None:
    assert explain(["", "  "]).reason == "Internal"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("postgres://storefleet:hunter2@db:5432/state refused", "postgres://…@db:5432/state refused"),
        ("database-password=hunter2 is wrong", "database-password=… is wrong"),
        ('{"token": "hunter2"}', '{"token": …'),
        ("\x1b[31mred\x1b[0m and\r\nforged: line", "red and forged: line"),
        ("urn:pulumi:x::stores::a$kubernetes:core/v1:Secret::secrets failed", "secrets failed"),
    ],
)
def test_nothing_secret_and_no_control_character_is_shown(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_a_long_message_is_cut() -> None:
    assert len(clean("x" * 10_000)) == LONGEST

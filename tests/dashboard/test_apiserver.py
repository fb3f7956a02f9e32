"""The Kubernetes client against an API server made of functions, and the places it takes its identity from."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from dashboard.apiserver import ApiError, ApiServer, Expired, Unreachable
from dashboard.kubeconfig import Access, NoCluster, find_access, from_kubeconfig


def api(answer: Callable[[httpx.Request], httpx.Response], access: Access | None = None) -> ApiServer:
    return ApiServer(access or Access("http://cluster", None), transport=httpx.MockTransport(answer))


def status(code: int, reason: str = "", message: str = "") -> httpx.Response:
    return httpx.Response(code, json={"kind": "Status", "code": code, "reason": reason, "message": message})


def test_an_absent_object_is_none_and_a_refusal_is_an_error() -> None:
    assert api(lambda _: status(404, "NotFound")).get("/api/v1/namespaces/x") is None
    with pytest.raises(ApiError) as refused:
        api(lambda _: status(403, "Forbidden", "may not")).get("/api/v1/namespaces/x")
    assert (refused.value.status, refused.value.reason, refused.value.message) == (403, "Forbidden", "may not")


def test_delete_says_whether_there_was_anything() -> None:
    assert api(lambda _: status(200)).delete("/x") is True
    assert api(lambda _: status(404)).delete("/x") is False


def test_a_silent_server_is_unreachable() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    for call in (lambda: api(broken).get("/x"), lambda: list(api(broken).watch("/x"))):
        with pytest.raises(Unreachable, match="does not answer"):
            call()


def test_an_error_that_is_not_json_is_an_error_all_the_same() -> None:
    with pytest.raises(ApiError, match="HTTP 502"):
        api(lambda _: httpx.Response(502, text="<html>bad gateway</html>")).get("/x")


def test_a_watch_yields_changes_from_the_version_that_was_listed() -> None:
    changes = [{"type": "ADDED", "object": {"n": 1}}, {"type": "BOOKMARK", "object": {"n": 2}}]

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.params["watch"] == "true"
        assert request.url.params["resourceVersion"] == "7"
        assert request.url.params["fieldSelector"] == "a=b"
        return httpx.Response(200, text="".join(json.dumps(change) + "\n" for change in changes))

    assert list(api(answer).watch("/x", "7", fieldSelector="a=b")) == changes


@pytest.mark.parametrize("inside", [True, False])
def test_a_watch_from_too_long_ago_has_expired(inside: bool) -> None:
    gone = {"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}}
    answer = httpx.Response(200, text=json.dumps(gone) + "\n") if inside else status(410, "Gone")
    with pytest.raises(Expired):
        list(api(lambda _: answer).watch("/x", "1"))


def test_a_token_file_is_read_for_every_request(tmp_path: Path) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={})

    file = tmp_path / "token"
    client = api(answer, Access("http://cluster", None, token_file=file))
    for token in ("first", "second"):
        file.write_text(token + "\n")
        client.get("/x")
    assert seen == ["Bearer first", "Bearer second"]


def kubeconfig(folder: Path, server: str = "http://10.0.0.1:8080", **user: object) -> Path:
    path = folder / "config"
    named = {"contexts": "context", "clusters": "cluster", "users": "user"}
    entries = {"context": {"cluster": "c", "user": "c"}, "cluster": {"server": server}, "user": user}
    document = {kind: [{"name": "c", key: entries[key]}] for kind, key in named.items()}
    path.write_text(yaml.safe_dump({**document, "current-context": "c"}))
    return path


def test_a_kubeconfig_gives_address_and_token(tmp_path: Path) -> None:
    access = from_kubeconfig(kubeconfig(tmp_path, token="secret-token"))
    assert (access.server, access.token) == ("http://10.0.0.1:8080", "secret-token")
    assert "secret-token" not in repr(access)


def test_the_environment_decides_before_the_pod_and_the_home_folder(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path)
    assert find_access({"KUBECONFIG": str(path)}, tmp_path).server == "http://10.0.0.1:8080"
    (tmp_path / ".kube").mkdir()
    path.rename(tmp_path / ".kube" / "config")
    assert find_access({"HOME": str(tmp_path)}, tmp_path).server == "http://10.0.0.1:8080"
    with pytest.raises(NoCluster, match="set KUBECONFIG"):
        find_access({"HOME": str(tmp_path / "nobody")}, tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "current-context: a\ncontexts: []", "a: [b", "current-context: x"])
def test_what_is_not_a_kubeconfig_is_refused_in_plain_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(NoCluster, match="check KUBECONFIG"):
        from_kubeconfig(tmp_path / "config")


def test_a_credential_plugin_and_an_absent_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoCluster, match="credential plugin"):
        from_kubeconfig(kubeconfig(tmp_path, exec={"command": "x"}))
    with pytest.raises(NoCluster, match="cannot be read"):
        from_kubeconfig(tmp_path / "absent")


def test_certificates_may_be_data_or_files(tmp_path: Path) -> None:
    data = base64.b64encode(b"not a certificate").decode()
    with pytest.raises(NoCluster, match="certificate"):
        from_kubeconfig(kubeconfig(tmp_path, "https://x", **{"client-certificate-data": data, "client-key-data": data}))

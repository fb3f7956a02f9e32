"""Values that would make a broken shop are refused before anything is changed, and by name."""

import pytest

from .rendering import CHARTS, case_file, helm

REFUSED = [
    # setting, where the message points, what it says
    ("stroe.name=x", "", "additional properties 'stroe' not allowed"),
    ("store.colour=red", "/store", "additional properties 'colour' not allowed"),
    ("images.redis=localhost/redis:1", "/images", "additional properties 'redis' not allowed"),
    ("resources.worker.limit=1Gi", "/resources", "additional properties 'worker' not allowed"),
    ("global.imageRegistry=x", "", "additional properties 'global' not allowed"),
    ("store.name=Nike", "/store/name", "does not match pattern"),
    ("store.name=ab", "/store/name", "does not match pattern"),
    ("store.name=nike-", "/store/name", "does not match pattern"),
    ("store.name=nike--shoes", "/store/name", "'not' failed"),
    ("store.name=a2345678901234567890123456789012", "/store/name", "does not match pattern"),
    ("store.title=", "/store/title", "minLength"),
    ("store.title=   ", "/store/title", "does not match pattern"),
    ("store.title=one\ntwo", "/store/title", "does not match pattern"),
    ("store.title=null", "/store", "missing property 'title'"),
    ("store.host=Bad_Host", "/store/host", "does not match pattern"),
    ("store.host=nodots", "/store/host", "does not match pattern"),
    ("store.host=shop.example.org:80", "/store/host", "does not match pattern"),
    ("store.host=-a.example.org", "/store/host", "does not match pattern"),
    ("store.url=ftp://example.127.0.0.1.nip.io", "/store/url", "does not match pattern"),
    ("store.url=http://example.127.0.0.1.nip.io/shop", "/store/url", "does not match pattern"),
    ("store.url=http://user@example.127.0.0.1.nip.io", "/store/url", "does not match pattern"),
    ("store.adminUser=a b", "/store/adminUser", "does not match pattern"),
    ("store.adminEmail=nobody", "/store/adminEmail", "does not match pattern"),
    ("secretName=Store_Secrets", "/secretName", "does not match pattern"),
    ("images.wordpress=", "/images/wordpress", "does not match pattern"),
    ("images.wordpress=localhost/storefleet/wordpress", "/images/wordpress", "does not match pattern"),
    ("images.mariadb=docker.io/library/mariadb:latest", "/images/mariadb", "'not' failed"),
    ("images.mariadb=docker.io/library/mariadb@sha256:12", "/images/mariadb", "does not match pattern"),
    ("imagePullPolicy=Sometimes", "/imagePullPolicy", "value must be one of"),
    ("features.woocommerce=yes", "/features/woocommerce", "does not match pattern"),
    ("resources.memory=256Mi", "/resources", "additional properties 'memory' not allowed"),
    ("resources.web.limit=lots", "/resources/web/limit", "does not match pattern"),
    ("resources.web.limit=127Mi", "/resources/web/limit", "does not match pattern"),
    ("resources.database.limit=65Gi", "/resources/database/limit", "does not match pattern"),
    ("resources.setup.limit=256", "/resources/setup/limit", "got number, want string"),
    ("resources.setup.request=1Mi", "/resources/setup/request", "does not match pattern"),
    ("resources.cache.limit=31Mi", "/resources/cache/limit", "does not match pattern"),
    ("resources.cache=null", "/resources", "missing property 'cache'"),
    ("images.valkey=null", "/images", "missing property 'valkey'"),
    ("settings.colour=red", "/settings", "additional properties 'colour' not allowed"),
    ("settings.currency=euro", "/settings/currency", "does not match pattern"),
    ("settings.samples=perhaps", "/settings/samples", "want boolean"),
    ("settings.plugins={../x}", "/settings/plugins/0", "does not match pattern"),
    ("settings.smtpPort=25", "/settings/smtpPort", "value must be one of"),
    ("storage.className=", "/storage/className", "does not match pattern"),
    ("storage.contentSize=0Gi", "/storage/contentSize", "does not match pattern"),
    ("storage.databaseSize=1G", "/storage/databaseSize", "does not match pattern"),
    ("ingress.className=", "/ingress/className", "does not match pattern"),
    ("ingress.tlsIssuer=let's encrypt", "/ingress/tlsIssuer", "does not match pattern"),
]

ACCEPTED = [
    "store.name=abc",
    "store.name=a23456789012345678901234567890",
    "store.title=日本の店",
    "store.title=A",
    "resources.web.limit=128Mi",
    "resources.database.limit=64Gi",
    "resources.setup.request=16Mi",
    "resources.cache.limit=32Mi",
    "images.mariadb=registry.example.org:5000/a/b/mariadb:11.8",
    "ingress.tlsIssuer=letsencrypt",
]


def template(setting: str, engine: str = "woocommerce") -> tuple[int, str]:
    done = helm("template", "x", str(CHARTS / engine), "-f", str(case_file(engine, "local")), "--set", setting)
    return done.returncode, done.stderr


@pytest.mark.parametrize(("setting", "where", "what"), REFUSED)
def test_is_refused(setting: str, where: str, what: str) -> None:
    code, message = template(setting)
    assert code != 0
    assert f"at '{where}'" in message and what in message, message


@pytest.mark.parametrize("setting", ACCEPTED)
def test_is_accepted(setting: str) -> None:
    assert template(setting) == (0, "")


def test_url_and_host_must_agree() -> None:
    code, message = template("store.url=http://other.127.0.0.1.nip.io:8080")
    assert code != 0
    assert (
        "store.url http://other.127.0.0.1.nip.io:8080 and store.host example.127.0.0.1.nip.io "
        "name different hosts: make them the same" in message
    )

"""How documents differ, in texts that hold no secret."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from previews.fields import MASK, SIGNATURE, UNKNOWN, differences, mask
from previews.model import Field

WORD = st.text(alphabet="abcxyz", min_size=1, max_size=4)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), WORD)
DOCUMENTS = st.recursive(
    LEAVES, lambda c: st.lists(c, max_size=3) | st.dictionaries(WORD, c, max_size=3), max_leaves=12
)
CONTAINER = {"name": "web", "image": "shop:1", "env": [{"name": "A", "value": "1"}]}


def fields(old: Any, new: Any, kind: str = "") -> dict[str, tuple[str | None, str | None]]:
    return {field.path: (field.old, field.new) for field in differences(old, new, kind)}


def test_one_field_for_each_property() -> None:
    old = {"spec": {"replicas": 1, "paused": False}, "gone": "x"}
    new = {"spec": {"replicas": 2, "paused": False}, "come": ["y"]}
    assert fields(old, new) == {"come": (None, '["y"]'), "gone": ("x", None), "spec.replicas": ("1", "2")}


def test_lists_are_compared_by_name() -> None:
    sidecar = {"name": "aside", "image": "x:1"}
    old, new = {"containers": [CONTAINER]}, {"containers": [sidecar, {**CONTAINER, "image": "shop:2"}]}
    assert fields(old, new) == {
        "containers[web].image": ("shop:1", "shop:2"),
        "containers[aside]": (None, json.dumps(sidecar, sort_keys=True)),
    }


def test_another_order_is_told() -> None:
    first, second = {"name": "a"}, {"name": "b"}
    assert fields({"init": [first, second]}, {"init": [second, first]}) == {"init": ("one order", "another order")}


def test_true_is_not_one() -> None:
    assert fields({"a": 1}, {"a": True}) == {"a": ("1", "true")}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ({"data": {"x": "c2VjcmV0"}}, {"data": {"x": "b3RoZXI="}}, "Secret"),
        ({"stringData": {"x": "hunter2"}}, {"stringData": None}, "Secret"),
        ({"password": "hunter2"}, {"password": "hunter3"}, ""),
        ({"values": {"smtpPassword": "hunter2"}}, {"values": {}}, "Release"),
        ({"env": [{"name": "API_TOKEN", "value": "hunter2"}]}, {"env": []}, "Deployment"),
        ({"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}, {"env": [{"name": "DB_PASSWORD", "value": "3"}]}, "x"),
        ({"a": {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "hunter2"}}, {"a": "b"}, ""),
        ({"url": "postgres://user:hunter2@host/db"}, {"url": ""}, ""),
        ({"env": None}, {"env": [{"name": "S3_SECRET_ACCESS_KEY", "value": "hunter2"}]}, "Job"),
    ],
)
def test_no_secret_is_shown_but_that_it_changes(old: Any, new: Any, kind: str) -> None:
    for pair in ((old, new), (new, old)):
        found = differences(*pair, kind)
        assert found
        assert "hunter2" not in str(found)
        assert "c2VjcmV0" not in str(found)


def test_of_two_encrypted_values_not_even_the_ciphertext_is_shown() -> None:
    old, new = ({"a": {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": text}} for text in ("v1:x", "v1:y"))
    assert differences(old, new) == (Field("a", MASK, MASK),)


def test_names_of_secrets_are_no_secrets() -> None:
    reference = {"valueFrom": {"secretKeyRef": {"name": "store-secrets", "key": "admin-password"}}}
    assert mask(reference) == reference
    assert mask({"automountServiceAccountToken": False}) == {"automountServiceAccountToken": False}
    assert mask({"env": [{"name": "DB_PASSWORD_FILE", "value": "/run/x"}]})["env"][0]["value"] == "/run/x"
    assert mask({"env": [{"name": "DB_PASSWORD", "value": "x"}]})["env"][0]["value"] == MASK


def test_what_is_not_known_yet_says_so() -> None:
    assert differences({"id": "a"}, {"id": UNKNOWN}) == (Field("id", "a", "(known after the update)"),)


def test_long_values_are_cut() -> None:
    (field,) = differences({"a": "x"}, {"a": "y" * 5000})
    assert field.new is not None
    assert len(field.new) == 160


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: Any) -> None:
    assert differences({"a": document}, {"a": copy.deepcopy(document)}) == ()


@given(DOCUMENTS, DOCUMENTS)
def test_documents_that_differ_have_a_difference_in_both_directions(one: Any, other: Any) -> None:
    there, back = differences({"a": one}, {"a": other}), differences({"a": other}, {"a": one})
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert bool(there) != same
    assert sorted(f.path for f in there) == sorted(f.path for f in back)


@given(st.dictionaries(WORD, st.text(alphabet="0123456789", min_size=12, max_size=20), min_size=1, max_size=4))
def test_whatever_a_secret_holds_is_not_in_the_difference(data: dict[str, str]) -> None:
    told = str(differences({"data": data}, {"data": {}}, "Secret"))
    assert not [value for value in data.values() if value in told]

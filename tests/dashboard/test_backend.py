"""Pulumi's state folder read and mended without Pulumi."""

import gzip
import json
import os
from pathlib import Path

import pytest

from dashboard.backend import Checkpoint, CorruptState, FileBackend, parse
from tests.dashboard.pulumi_samples import NAME, OUTPUTS, RELEASE, SPACE, STACK, document, state


@pytest.fixture
def backend(tmp_path: Path) -> FileBackend:
    found = FileBackend.at(f"file://{tmp_path}", "stores")
    assert found
    return found


def test_only_folders_are_read_directly() -> None:
    assert FileBackend.at("postgres://user:password@host/db", "stores") is None
    assert FileBackend.at("", "stores") is None


def test_a_stack_is_read_with_its_outputs_and_pending_operations(backend: FileBackend, tmp_path: Path) -> None:
    assert backend.read(NAME) is None
    state(tmp_path, document(STACK, SPACE, creating=RELEASE))
    found = backend.read(NAME)
    assert found is not None
    assert found.outputs == OUTPUTS
    assert [p["type"] for p in found.pending] == ["creating"]
    assert not found.is_finished
    state(tmp_path, document(STACK, SPACE, RELEASE))
    done = backend.read(NAME)
    assert done is not None and done.is_finished and done.steps == 2


def test_a_release_that_failed_half_way_is_not_finished() -> None:
    assert not parse(document(STACK, {**RELEASE, "initErrors": ["timed out"]})).is_finished


def test_exported_and_compressed_states_are_states(backend: FileBackend, tmp_path: Path) -> None:
    assert parse('{"version": 3, "deployment": {"resources": []}}').is_empty
    file = state(tmp_path, "")
    file.with_suffix(".json.gz").write_bytes(gzip.compress(document(SPACE).encode()))
    file.unlink()
    assert list(backend.files()) == [NAME]
    found = backend.read(NAME)
    assert found is not None and len(found.resources) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"checkpoint": 3}', document(SPACE)[:-20]])
def test_a_torn_state_is_never_taken_for_an_empty_one(backend: FileBackend, tmp_path: Path, text: str) -> None:
    state(tmp_path, text)
    with pytest.raises(CorruptState):
        backend.read(NAME)


def test_a_new_stack_is_empty_and_never_replaces_one(backend: FileBackend, tmp_path: Path) -> None:
    backend.create(NAME)
    found = backend.read(NAME)
    assert found is not None and found.is_empty
    file = state(tmp_path, document(SPACE))
    assert json.loads(file.read_text())["checkpoint"]["stack"] == f"organization/stores/{NAME}"
    backend.create(NAME)
    again = backend.read(NAME)
    assert again is not None and not again.is_empty
    assert [p.name for p in file.parent.iterdir()] == [file.name]


def test_the_newest_readable_copy_takes_the_place_of_a_torn_state(backend: FileBackend, tmp_path: Path) -> None:
    file = state(tmp_path, document(STACK, SPACE)[:30])
    assert not backend.restore(NAME)
    backups = tmp_path / ".pulumi" / "backups" / "stores" / NAME
    backups.mkdir(parents=True)
    (backups / f"{NAME}.1.json").write_text(document(SPACE))
    (backups / f"{NAME}.2.json").write_text(document(SPACE, RELEASE))
    (backups / f"{NAME}.3.json").write_text("{")
    (backups / f"{NAME}.3.json.attrs").write_text("{}")
    assert backend.restore(NAME)
    restored = backend.read(NAME)
    assert restored is not None and len(restored.resources) == 2
    file.write_text("")
    file.with_name(file.name + ".bak").write_text(document(SPACE))
    assert backend.restore(NAME)
    previous = backend.read(NAME)
    assert previous is not None and len(previous.resources) == 1


def test_forgetting_leaves_nothing_of_the_store_and_all_of_others(backend: FileBackend, tmp_path: Path) -> None:
    file = state(tmp_path, document(SPACE))
    other = state(tmp_path, document(SPACE), f"{NAME}-2")
    for suffix in (".bak", ".attrs", ".bak.attrs"):
        file.with_name(file.name + suffix).write_text("")
    for kind in ("backups", "history", "locks/organization"):
        (tmp_path / ".pulumi" / kind / "stores" / NAME).mkdir(parents=True)
    backend.forget(NAME)
    assert backend.left(NAME) == []
    assert [path for path in tmp_path.rglob("*") if path.name.startswith(NAME)] == [other]


def test_a_change_of_a_stack_changes_its_mark(backend: FileBackend, tmp_path: Path) -> None:
    file = state(tmp_path, document(SPACE))
    before = backend.files()
    assert backend.files() == before
    os.utime(file, ns=(1, 1))
    assert backend.files() != before


def test_an_empty_checkpoint_has_no_outputs() -> None:
    assert Checkpoint((), ()).outputs == {}

"""Where things lie in a checkout. Everything that a command creates is under `VAR`."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

VAR = Path(os.environ.get("STOREFLEET_VAR") or ROOT / "var").resolve()
"""Git-ignored home of everything generated; `STOREFLEET_VAR` moves it."""

BIN = VAR / "bin"
"""Programs for the PATH: pulumi, kubectl, helm and their kin."""

LOGS = VAR / "log"
"""One log file per part and per step."""

BUILDER = VAR / "buildah"
"""Storage of the image builder, which mounts it onto itself."""

VENV = VAR / "venv"
"""The Python environment of the programs, the dashboard and the tests."""

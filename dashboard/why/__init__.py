"""Why a store is not ready: from the cluster's objects to one object, its worst event and what to do. Pure."""

from dashboard.why.diagnose import Diagnosis, diagnose, findings
from dashboard.why.facts import Facts

__all__ = ["Diagnosis", "Facts", "diagnose", "findings"]

"""What is remembered of operations that were forgotten: how many there were and how long they took.

Metrics count operations from their first one on, and Prometheus would take a smaller number for a restart.
One document in the table `meta`: name of a count -> number.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select

from dashboard.tables import meta

BUCKETS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
"""Seconds. A store with its images at hand takes 10 to 30; an attempt ends at 1800 unless set otherwise."""
KEY = "forgotten operations"


def forgotten(connection: Connection) -> dict[str, float]:
    """The counts: `ended/<kind>/<state>`, and `duration|wait/<kind>/sum|count|<bucket>`; 0 for all others."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == KEY)).scalar()
    document = json.loads(found) if found else {}
    # Counted by other buckets they cannot be added up: begin anew, as after a restart.
    counts = document["counts"] if document.get("buckets") == list(BUCKETS) else {}
    return defaultdict(float, counts)


def remember(connection: Connection, operations: Iterable[RowMapping]) -> None:
    """Add these ended operations; within the write that deletes them, so that none counts twice or never."""
    counts = forgotten(connection)
    for row in operations:
        counts[f"ended/{row['kind']}/{row['state']}"] += 1
        if row["started_at"]:
            _add(counts, f"wait/{row['kind']}", row["created_at"], row["started_at"])
            _add(counts, f"duration/{row['kind']}", row["started_at"], row["finished_at"])
    connection.execute(delete(meta).where(meta.c.key == KEY))
    connection.execute(insert(meta).values(key=KEY, value=json.dumps({"buckets": BUCKETS, "counts": counts})))


def _add(counts: dict[str, float], name: str, begin: datetime, end: datetime) -> None:
    seconds = (end - begin).total_seconds()
    counts[f"{name}/sum"] += seconds
    counts[f"{name}/count"] += 1
    for bound in BUCKETS:
        counts[f"{name}/{bound}"] += seconds <= bound

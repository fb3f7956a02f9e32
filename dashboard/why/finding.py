"""What a rule hands back."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Finding:
    """`code` is a reason's of the table; `detail` what the cluster itself says, in its words or ours."""

    code: str
    kind: str
    name: str
    since: datetime
    detail: str = ""
    component: str = ""
    container: str = ""

"""The web's questions to the worker, for what only the worker may read from the cluster."""

from dataclasses import dataclass, field

import httpx

from dashboard.problems import Problem

SECONDS = 10.0
"""How long the worker may take: one read of a Secret is well under a second."""


@dataclass(frozen=True)
class Credentials:
    """How an owner logs in. The password is for the answer only: never stored, never logged."""

    user: str
    password: str = field(repr=False)


class Remote:
    """Asks the worker's private endpoint at `url`, showing it `token`.

    Non-goal: keeping anything; every question goes to the cluster anew.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def credentials(self, name: str) -> Credentials:
        """The administrator's login of the store `name`.

        Raises `Problem`: 404 when there is none yet, 503 when the worker is away or cannot read it.
        """
        if not self._url:
            raise _away()
        try:
            # No proxy of the environment may see the answer.
            with httpx.Client(timeout=SECONDS, trust_env=False) as client:
                answer = client.post(
                    f"{self._url}/stores/{name}/credentials", headers={"authorization": f"Bearer {self._token}"}
                )
            document = answer.json() if answer.status_code in (200, 404) else {}
            if answer.status_code == 200:
                return Credentials(str(document["user"]), str(document["password"]))
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            # `from None`: the text of these errors may hold what the worker answered.
            raise _away() from None
        if answer.status_code == 404:
            message = f"The store {name!r} has no credentials yet"
            raise Problem(404, "missing", message, "Wait until the store is ready")
        raise Problem(503, "worker", "The worker could not read the credentials", "Look at the worker's log")


def _away() -> Problem:
    cure = "Start it (python -m dashboard worker), or wait until it is back; the store itself is not concerned"
    return Problem(503, "worker-away", "The worker does not answer", cure, headers={"retry-after": "5"})

"""The journal, live: one reader for all clients, a bounded queue for each.

Guarantees: a client gets every event after the id it names, once, in order, or its stream ends; a
client that is slow loses its stream and nothing else, and comes back with the last id it has.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from dashboard.journal import Journal
from dashboard.model import Event
from dashboard.sse import HEARTBEAT, INCOMPLETE, OPENING, encode

POLL_SECONDS = 0.15
HEARTBEAT_SECONDS = 15.0
PAGE = 500
"""Events that one read of the journal takes at most."""
QUEUE_LIMIT = 200
"""Batches that may wait for one client: half a minute at one batch per poll."""
SHARE = 25
"""Clients that are served between two looks at other requests."""
_log = logging.getLogger("dashboard.web")


class StreamsFull(Exception):
    """As many streams are open as the settings allow."""


@dataclass(eq=False)
class Client:
    """One open stream: of `store`, or of all stores when None. `start` is the id that live events come after."""

    store: str | None
    start: int = 0
    batches: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_LIMIT))
    is_slow: bool = False
    on_end: Callable[[], object] = lambda: None

    def offer(self, batch: bytes) -> bool:
        """Queue `batch`; False when the queue is full, and then the stream ends."""
        try:
            self.batches.put_nowait(batch)
        except asyncio.QueueFull:
            self.is_slow = True
            self.end()
        return not self.is_slow

    def end(self) -> None:
        """End the stream; what still waits is dropped, the client asks for it again."""
        while not self.batches.empty():
            self.batches.get_nowait()
        self.batches.put_nowait(None)
        self.on_end()


class Broadcast:
    """Reads the journal every `POLL_SECONDS` while somebody listens; at most `limit` streams."""

    def __init__(self, journal: Journal, limit: int) -> None:
        self._journal = journal
        self._limit = limit
        self._clients: set[Client] = set()
        self._position = 0
        self._lock = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._is_closed = False

    @property
    def clients(self) -> int:
        """How many streams are open."""
        return len(self._clients)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve streams inside the block; they end with it."""
        reader = asyncio.create_task(self._read_forever(), name="broadcast")
        try:
            yield
        finally:
            self.close()
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader

    def close(self) -> None:
        """End all streams and take no more; to be called as soon as the server is asked to stop."""
        self._is_closed = True
        for client in self._clients:
            client.end()

    async def join(self, store: str | None) -> Client:
        """A new client that gets what comes from now on; raises `StreamsFull`. To be paired with `leave`."""
        async with self._lock:
            if self._is_closed or len(self._clients) >= self._limit:
                raise StreamsFull
            if not self._clients:
                # Nobody listened, so the position may be old: what lies between is not news to this client.
                self._position = await asyncio.to_thread(self._journal.last_id)
            client = Client(store, self._position)
            self._clients.add(client)
            self._wanted.set()
            if self._is_closed:
                client.end()
        return client

    def leave(self, client: Client) -> None:
        """Forget `client`; does nothing when it is forgotten already."""
        self._clients.discard(client)
        if not self._clients:
            self._wanted.clear()

    async def stream(self, client: Client, after: int | None) -> AsyncIterator[bytes]:
        """The bytes of `client`'s stream: what it missed since the event `after`, then what comes."""
        yield OPENING
        if after is not None:
            async for batch in self._replay(client, after):
                yield batch
        while (waiting := await client.batches.get()) is not None:
            yield waiting

    async def _replay(self, client: Client, after: int) -> AsyncIterator[bytes]:
        # Live events come after `client.start`, the replay ends with it: nothing between, nothing twice.
        oldest = await asyncio.to_thread(self._journal.oldest_id)
        if after > client.start or (after and after < oldest - 1):
            yield INCOMPLETE
        while after < client.start and not client.is_slow:
            events = await asyncio.to_thread(self._journal.after, after, client.store, PAGE)
            missed = [event for event in events if event.id <= client.start]
            if missed:
                yield encode(missed)
            if len(events) < PAGE or len(missed) < len(events):
                return
            after = missed[-1].id

    async def _read_forever(self) -> None:
        loop = asyncio.get_running_loop()
        beat_at = loop.time() + HEARTBEAT_SECONDS
        while True:
            await self._wanted.wait()
            try:
                await self._read_once()
            except SQLAlchemyError as error:
                _log.error("the journal cannot be read: %s", type(error).__name__)
                await asyncio.sleep(1)
            if loop.time() >= beat_at:
                beat_at = loop.time() + HEARTBEAT_SECONDS
                await self._hand_out(tuple(self._clients), dict.fromkeys([None], HEARTBEAT), to_all=True)
            await asyncio.sleep(POLL_SECONDS)

    async def _read_once(self) -> None:
        # Under the lock, so that a client joins before or after these events and never between.
        async with self._lock:
            events = await asyncio.to_thread(self._journal.after, self._position, None, PAGE)
            if not events:
                return
            self._position = events[-1].id
            clients = tuple(self._clients)
        await self._hand_out(clients, _by_store(events))

    async def _hand_out(
        self, clients: tuple[Client, ...], batches: dict[str | None, bytes], to_all: bool = False
    ) -> None:
        for place, client in enumerate(clients):
            batch = batches.get(None if to_all else client.store)
            if batch and client in self._clients and not client.offer(batch):
                self.leave(client)
            if place % SHARE == SHARE - 1:
                await asyncio.sleep(0)


def _by_store(events: list[Event]) -> dict[str | None, bytes]:
    """The same events encoded once for each kind of listener, however many there are."""
    stores = {event.store for event in events}
    return {None: encode(events), **{name: encode(e for e in events if e.store == name) for name in stores}}

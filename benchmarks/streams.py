"""Event streams: how fast the API answers, and whether events are lost, while many browsers listen.

`python3 -m benchmarks.streams [CLIENTS …]` (default 100 1000) starts a web process of its own on loopback over a fresh
database with 100 stores, opens the streams, appends 20 events a second for `SECONDS` and asks the API meanwhile.
Prints percentiles of GET /api/stores in ms without and with the streams, events lost or repeated, the web process's
memory in MiB before, at the begin and at the end, and its CPU seconds per second.
"""

import asyncio
import http.client
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dashboard.database import Database, open_database
from dashboard.journal import Journal
from dashboard.model import Level, NewEvent, Request, Source
from dashboard.operations import Desk
from dashboard.settings import PREFIX, Settings

RATE = 20
SECONDS = 20
QUESTIONS_PER_SECOND = 20
STORES = 100
STREAM = b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Listener(asyncio.Protocol):
    """One browser: reads its stream, counts, and sees from the ids what is missing or comes twice."""

    def __init__(self) -> None:
        self.rest, self.seen, self.last, self.wrong = b"", 0, 0, 0
        self.is_open, self.is_ready = True, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(STREAM)

    def data_received(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.is_ready |= line.startswith(b"retry: ")
            if line.startswith(b"id: "):
                number = int(line[4:])
                # Nobody else writes: what follows an event is the next number.
                self.wrong += bool(self.last) and number != self.last + 1
                self.seen, self.last = self.seen + 1, number

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False


@dataclass(frozen=True)
class Web:
    """The measured process."""

    pid: int
    port: int
    journal: Journal

    def memory(self) -> float:
        """Resident memory in MiB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def ask(self, seconds: float) -> list[float]:
        """Times of GET /api/stores in ms, measured by a process that has nothing else to do."""
        argv = (sys.executable, "-m", "benchmarks.streams", "--ask", str(self.port), str(seconds))
        process = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
        output, _ = await process.communicate()
        return [float(word) for word in output.split()]

    def say(self, number: int) -> None:
        """Append one event, as long as the cluster's usually are."""
        message = f"Successfully pulled image {number} in 1.234s (1.234s including waiting)"
        where = ("nike-shoes", None, Source.KUBERNETES, Level.NORMAL, "kubernetes.event", "Pod/web-0")
        self.journal.append([NewEvent(datetime.now(UTC), *where, "Pulled", message)])

    async def talk(self, seconds: float) -> int:
        """Append `RATE` events a second; how many there were."""
        begin = asyncio.get_running_loop().time()
        count = int(seconds * RATE)
        for number in range(count):
            await asyncio.sleep(max(0.0, begin + number / RATE - asyncio.get_running_loop().time()))
            await asyncio.to_thread(self.say, number)
        return count


def ask(port: int, seconds: float) -> list[float]:
    """Times of GET /api/stores in ms, asked at a steady rate over one kept connection, after a second of warming up."""
    times: list[float] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begin = time.monotonic()
    for number in range(int((seconds + 1) * QUESTIONS_PER_SECOND)):
        time.sleep(max(0.0, begin + number / QUESTIONS_PER_SECOND - time.monotonic()))
        asked = time.perf_counter()
        connection.request("GET", "/api/stores?limit=50")
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - asked) * 1000)
        if answer.status != 200:
            raise SystemExit(f"the API answered {answer.status}")
    return times[QUESTIONS_PER_SECOND:]


def percentiles(times: list[float]) -> str:
    """Median, 99th percentile and maximum."""
    cuts = statistics.quantiles(times, n=100)
    return f"p50 {cuts[49]:.1f}  p99 {cuts[98]:.1f}  max {max(times):.1f} ms"


async def measure(web: Web, clients: int) -> None:
    """One line per figure for this number of streams."""
    idle_memory = web.memory()
    print(f"{clients} streams, {RATE} events/s, {SECONDS} s")
    print(f"  GET /api/stores without streams: {percentiles(await web.ask(5))}")
    loop = asyncio.get_running_loop()
    listeners: list[Listener] = []
    for _ in range(clients):
        _, listener = await loop.create_connection(Listener, "127.0.0.1", web.port)
        listeners.append(listener)
    while not all(listener.is_ready for listener in listeners):
        await asyncio.sleep(0.05)
    first_memory, cpu, begin = web.memory(), web.cpu(), time.monotonic()
    count, times = await asyncio.gather(web.talk(SECONDS), web.ask(SECONDS))
    share = (web.cpu() - cpu) / (time.monotonic() - begin)
    end = time.monotonic() + 30
    while any(listener.seen < count for listener in listeners) and time.monotonic() < end:
        await asyncio.sleep(0.1)
    missing = sum(count - listener.seen for listener in listeners)
    wrong = sum(listener.wrong for listener in listeners)
    closed = sum(not listener.is_open for listener in listeners)
    print(f"  GET /api/stores with streams:    {percentiles(times)}")
    print(f"  events: {count} × {clients}, lost {missing}, out of order or twice {wrong}, streams lost {closed}")
    print(f"  memory: {idle_memory:.0f} → {first_memory:.0f} → {web.memory():.0f} MiB, CPU {share:.2f} s/s")


def start(folder: Path) -> tuple[subprocess.Popen[bytes], Web, Database]:
    """A web process over a fresh database with `STORES` stores, answering."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    settings = Settings.model_validate({"var": folder, "port": port, "queue_limit": STORES + 1})
    database = open_database(settings.database_url)
    journal = Journal(database, settings.journal_limit_per_store)
    desk = Desk(database, journal, settings)
    for number in range(STORES):
        desk.deploy(Request(f"shop-{number}", "woocommerce", "small", f"Shop {number}", "owner@example.com"))
    environment = {**os.environ, "STOREFLEET_VAR": str(folder), f"{PREFIX}PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "dashboard", "web", "--fake"], env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process, Web(process.pid, port, journal), database
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise SystemExit("the web process did not start within 60 s")


def main() -> None:
    """Measure each number of streams with a web process of its own."""
    if sys.argv[1:2] == ["--ask"]:
        print(*ask(int(sys.argv[2]), float(sys.argv[3])))
        return
    # So that what was started ends with this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    for clients in [int(word) for word in sys.argv[1:]] or [100, 1000]:
        with tempfile.TemporaryDirectory() as folder:
            process, web, database = start(Path(folder))
            try:
                asyncio.run(measure(web, clients))
            finally:
                process.terminate()
                process.wait(60)
                database.close()


if __name__ == "__main__":
    main()

"""The list of stores as a view: what was asked in the address, which page of it, and the links."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from dashboard.model import Status, Store
from dashboard.page_text import IN_MOTION, WORDS, age, host, safe_url, stamp

PAGE_SIZE = 50
SORTS = {
    "-created": "Newest first",
    "name": "Name",
    "status": "Status",
    "-last_event": "Last event",
    "created": "Oldest first",
}
DEFAULT_SORT = "-created"


@dataclass(frozen=True)
class Question:
    """What the list's address asks for; anything unknown in it is read as its default."""

    search: str = ""
    status: frozenset[Status] = frozenset()
    engine: str = ""
    sort: str = DEFAULT_SORT
    page: int = 1

    def link(self, path: str = "/", **changes: object) -> str:
        """The address of this question with `changes`; a change other than the page leads to page 1."""
        new = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        pairs = [("q", new.search), *(("status", s.value) for s in sorted(new.status)), ("engine", new.engine)]
        pairs += [
            ("sort", new.sort if new.sort != DEFAULT_SORT else ""),
            ("page", str(new.page) if new.page > 1 else ""),
        ]
        query = urlencode([(key, value) for key, value in pairs if value])
        return f"{path}?{query}" if query else path

    def at(self, page: int) -> "Question":
        """The same question for another page."""
        return replace(self, page=page)

    @property
    def narrowed(self) -> bool:
        """Whether it leaves stores out."""
        return bool(self.search or self.status or self.engine)


@dataclass(frozen=True)
class Row:
    """One store in the list, ready to print."""

    name: str
    title: str
    engine: str
    status: str
    word: str
    url: str
    host: str
    created: str
    age: str
    last_event: str
    last_event_at: str
    last_event_age: str
    made_by: str


@dataclass(frozen=True)
class Chip:
    """A filter by one status, with how many stores it would show."""

    status: str
    word: str
    count: int
    chosen: bool
    href: str


@dataclass(frozen=True)
class Page:
    """The whole list: page `number` of `pages`.

    `total` is what the question finds, `all` what exists; `all_href` asks for every status.
    """

    question: Question
    rows: tuple[Row, ...]
    chips: tuple[Chip, ...]
    total: int
    all: int
    all_href: str
    number: int
    pages: int
    in_motion: bool


def read_question(parameters: Mapping[str, str], statuses: list[str]) -> Question:
    """Read the address's query. Raises nothing: an old or mistyped link still shows a list."""
    page = parameters.get("page", "1")
    sort = parameters.get("sort", "")
    return Question(
        search=parameters.get("q", "").strip()[:60],
        status=frozenset(status for status in Status if status.value in statuses),
        engine=parameters.get("engine", "")[:40],
        sort=sort if sort in SORTS else DEFAULT_SORT,
        page=int(page) if page.isascii() and page.isdigit() and int(page[:9]) > 0 else 1,
    )


def make_row(store: Store, now: datetime) -> Row:
    """One store's row; the title is left out where it only repeats the name."""
    repeats = store.title.lower().replace(" ", "-") == store.name
    return Row(
        name=store.name,
        title="" if repeats else store.title,
        engine=store.engine,
        status=store.status.value,
        word=WORDS[store.status],
        url=safe_url(store.url),
        host=host(store.url),
        created=stamp(store.created_at),
        age=age(store.created_at, now),
        last_event=store.last_event,
        last_event_at=stamp(store.last_event_at),
        last_event_age=age(store.last_event_at, now),
        made_by=store.made_by,
    )


def make_page(question: Question, stores: list[Store], total: int, counts: Mapping[Status, int], now: datetime) -> Page:
    """Put together the list of `stores`, which are page `question.page` of `total` found."""
    chips = tuple(
        Chip(
            status=status.value,
            word=WORDS[status],
            count=counts.get(status, 0),
            chosen=status in question.status,
            href=question.link(status=question.status ^ {status}),
        )
        for status in Status
        if counts.get(status, 0) or status in question.status
    )
    return Page(
        question=question,
        rows=tuple(make_row(store, now) for store in stores),
        chips=chips,
        total=total,
        all=sum(counts.values()),
        all_href=question.link(status=frozenset()),
        number=question.page,
        pages=page_count(total),
        in_motion=any(store.status in IN_MOTION for store in stores),
    )


def page_count(total: int) -> int:
    """How many pages `total` stores fill; an empty list is one page."""
    return max(1, -(-total // PAGE_SIZE))

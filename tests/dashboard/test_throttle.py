"""The throttle: how many wrong passwords are looked at, and that it locks no operator out."""

import pytest

from dashboard.throttle import (
    CALLERS_LIMIT,
    KNOWN_LIMIT,
    LOOPBACK,
    OWN_BURST,
    OWN_SECONDS,
    STRANGERS_BURST,
    STRANGERS_SECONDS,
    UNKNOWN,
    Caller,
    Throttle,
    network_of,
)

EVE, ANN = Caller("203.0.113.1"), Caller("198.51.100.7", "cookie-of-ann")


class Seconds:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def throttle(seconds: Seconds) -> Throttle:
    return Throttle(seconds)


def guess(throttle: Throttle, caller: Caller, times: int = 1, word: str = "guess") -> int:
    """Send different wrong passwords until they are refused; how many were looked at."""
    for number in range(times):
        if throttle.wait(caller):
            return number
        throttle.wrong(caller, f"{word} {number}")
    return times


def crowd(throttle: Throttle, times: int, word: str = "crowd") -> int:
    """The same from another address each time."""
    return sum(guess(throttle, Caller(f"net {number}"), 1, word) for number in range(times))


def test_an_address_has_a_burst_and_then_one_at_a_time(throttle: Throttle, seconds: Seconds) -> None:
    assert guess(throttle, EVE, 100) == OWN_BURST
    assert throttle.wait(EVE) == OWN_SECONDS
    seconds.now += OWN_SECONDS - 1
    assert throttle.wait(EVE) == 1.0
    seconds.now += 1
    assert guess(throttle, EVE, 100, "later") == 1
    seconds.now += OWN_BURST * OWN_SECONDS * 100  # an allowance does not grow beyond its burst
    assert guess(throttle, EVE, 100, "much later") == OWN_BURST


def test_other_addresses_go_on(throttle: Throttle) -> None:
    guess(throttle, EVE, 100)
    assert throttle.wait(ANN) == 0.0


def test_many_addresses_are_no_way_round(throttle: Throttle, seconds: Seconds) -> None:
    assert crowd(throttle, 5000) == STRANGERS_BURST
    assert throttle.wait(Caller("new")) == STRANGERS_SECONDS
    seconds.now += 10 * STRANGERS_SECONDS
    assert crowd(throttle, 5000, "later") == 10


def test_who_is_known_goes_on_while_strangers_may_not(throttle: Throttle) -> None:
    throttle.right(ANN)
    crowd(throttle, 5000)
    assert throttle.wait(ANN) == 0.0  # her browser, her address …
    assert throttle.wait(Caller(ANN.network)) == 0.0  # … a program at the same address
    assert throttle.wait(Caller("203.0.113.9", ANN.browser)) == 0.0  # … her browser elsewhere
    assert throttle.wait(Caller(LOOPBACK)) == 0.0  # … and who is at the machine itself
    assert throttle.wait(Caller("203.0.113.9", "cookie of a stranger")) > 0.0


def test_a_known_browser_is_not_locked_out_by_its_address(throttle: Throttle) -> None:
    shared = Caller(EVE.network, "cookie-of-ann")
    throttle.right(shared)
    assert guess(throttle, EVE, 100) == OWN_BURST  # as behind a proxy that tells no addresses
    assert throttle.wait(shared) == 0.0
    assert guess(throttle, shared, 100) == OWN_BURST  # who sits down at it is bounded, too


def test_the_right_password_gives_its_address_no_new_allowance(throttle: Throttle) -> None:
    guess(throttle, EVE, OWN_BURST)
    throttle.right(Caller(EVE.network, "cookie-of-ann"))
    assert throttle.wait(EVE) == OWN_SECONDS


def test_the_same_wrong_password_again_is_no_guess(throttle: Throttle) -> None:
    for _ in range(100):
        throttle.wrong(EVE, "last year's")
    assert throttle.wait(EVE) == 0.0
    assert guess(throttle, EVE, 100) == OWN_BURST - 1


def test_memory_is_bounded(throttle: Throttle, seconds: Seconds) -> None:
    for number in range(CALLERS_LIMIT + 50):
        guess(throttle, Caller(f"net {number}"))
        throttle.right(Caller(f"good {number}", f"cookie {number}"))
        seconds.now += STRANGERS_SECONDS
    assert len(throttle._counts) == CALLERS_LIMIT
    assert len(throttle._known) == KNOWN_LIMIT


def test_forgetting_the_oldest_gives_nobody_a_guess() -> None:
    strangers_while_one_refills = STRANGERS_BURST + OWN_BURST * OWN_SECONDS / STRANGERS_SECONDS
    assert strangers_while_one_refills + KNOWN_LIMIT < CALLERS_LIMIT


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", LOOPBACK),
        ("127.8.9.10", LOOPBACK),
        ("::1", LOOPBACK),
        ("::ffff:127.0.0.1", LOOPBACK),
        ("", UNKNOWN),
        ("testclient", UNKNOWN),
        ("203.0.113.1:443", UNKNOWN),
    ],
)
def test_what_an_address_counts_as(address: str, network: str) -> None:
    assert network_of(address) == network

"""The cost of retries and circuit breakers per call in Python, for readers who come from Python.

An async function succeeds at its first attempt, with each library and with code by hand. The time is processor
time per call, which other programs on the machine disturb little. Every round measures each contestant once, so
a ratio compares times from the same moment. The table shows the median of the rounds and the quartiles.

To run it, from the folder `benchmarks` (Python 3.11 or newer; it takes less than a minute):

    python3 -m venv target/venv
    target/venv/bin/pip install -r python/requirements.txt
    target/venv/bin/python python/bench.py > target/measurements/python.tsv

`--rounds N` measures N rounds. First it checks that each contestant retries and rejects correctly, and exits
with 1 if one does not.
"""

import argparse
import asyncio
import functools
import importlib.metadata
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import purgatory
import pybreaker
import stamina
import tenacity

Call = Callable[[int], Awaitable[int]]
Wrap = Callable[[Call], Call]

ATTEMPTS = 3
THRESHOLD = 5
RECOVERY = 60.0
# Only the checks wait, because measured calls succeed at the first attempt.
BASE_DELAY = 0.001
MAX_DELAY = 0.01

# The approximate duration of a measurement, in seconds.
SLICE = 0.02


class Down(Exception):
    """A failure that is retried."""


class CircuitOpen(Exception):
    """A rejection by the breaker that is written by hand."""


async def succeed(value: int) -> int:
    return value + 1


def retry_by_hand(call: Call) -> Call:
    @functools.wraps(call)
    async def retried(value: int) -> int:
        attempt = 1
        while True:
            try:
                return await call(value)
            except Down:
                if attempt == ATTEMPTS:
                    raise
            await asyncio.sleep(min(BASE_DELAY * 2 ** (attempt - 1), MAX_DELAY))
            attempt += 1

    return retried


def retry_by_tenacity(call: Call) -> Call:
    return tenacity.retry(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_random_exponential(multiplier=BASE_DELAY, max=MAX_DELAY),
        retry=tenacity.retry_if_exception_type(Down),
        reraise=True,
    )(call)


def retry_by_stamina(call: Call) -> Call:
    return stamina.retry(
        on=Down, attempts=ATTEMPTS, wait_initial=BASE_DELAY, wait_max=MAX_DELAY, wait_jitter=BASE_DELAY
    )(call)


def break_by_hand(call: Call) -> Call:
    failures = 0
    open_until: float | None = None

    @functools.wraps(call)
    async def guarded(value: int) -> int:
        nonlocal failures, open_until
        if open_until is not None:
            if time.monotonic() < open_until:
                raise CircuitOpen
            # One further failure opens it again.
            failures = THRESHOLD - 1
            open_until = None
        try:
            result = await call(value)
        except Down:
            failures += 1
            if failures >= THRESHOLD:
                open_until = time.monotonic() + RECOVERY
            raise
        failures = 0
        return result

    return guarded


def break_by_purgatory(call: Call) -> Call:
    breakers = purgatory.AsyncCircuitBreakerFactory(default_threshold=THRESHOLD, default_ttl=RECOVERY)
    return breakers("api")(call)


def break_by_pybreaker(call: Call) -> Call:
    # Its asynchronous calls need tornado, which runs on asyncio's loop.
    breaker = pybreaker.CircuitBreaker(fail_max=THRESHOLD, reset_timeout=RECOVERY)
    return breaker(call, __pybreaker_call_async=True)


def version(*names: str) -> str:
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)


@dataclass(frozen=True)
class Contestant:
    name: str
    versions: str = ""
    retry: Wrap | None = None
    breaker: Wrap | None = None

    def wrap(self, call: Call) -> Call:
        """The breaker is outermost, as it is with retries."""
        for layer in (self.retry, self.breaker):
            if layer is not None:
                call = layer(call)
        return call

    @property
    def what(self) -> str:
        layers = [name for name, layer in (("breaker", self.breaker), ("retry", self.retry)) if layer]
        return "both" if len(layers) == 2 else "".join(layers) or "plain"


CONTESTANTS = [
    Contestant("plain"),
    Contestant("by hand", retry=retry_by_hand),
    Contestant("tenacity", version("tenacity"), retry=retry_by_tenacity),
    Contestant("stamina", version("stamina", "tenacity"), retry=retry_by_stamina),
    Contestant("by hand", breaker=break_by_hand),
    Contestant("purgatory", version("purgatory"), breaker=break_by_purgatory),
    Contestant("pybreaker", version("pybreaker", "tornado"), breaker=break_by_pybreaker),
    Contestant("by hand", retry=retry_by_hand, breaker=break_by_hand),
    Contestant(
        "tenacity, purgatory",
        version("tenacity", "purgatory"),
        retry=retry_by_tenacity,
        breaker=break_by_purgatory,
    ),
    Contestant(
        "tenacity, pybreaker",
        version("tenacity", "pybreaker", "tornado"),
        retry=retry_by_tenacity,
        breaker=break_by_pybreaker,
    ),
    Contestant(
        "stamina, purgatory",
        version("stamina", "tenacity", "purgatory"),
        retry=retry_by_stamina,
        breaker=break_by_purgatory,
    ),
]


async def mistakes(contestant: Contestant) -> list[str]:
    """The differences of the contestant from the others. Only working calls are measured."""
    found = []
    calls = 0

    async def fail_once(value: int) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise Down
        return value + 1

    async def fail(_: int) -> int:
        nonlocal calls
        calls += 1
        raise Down

    if await contestant.wrap(succeed)(1) != 2:
        found.append("does not return what the function returns")
    if contestant.retry is not None:
        if await contestant.wrap(fail_once)(1) != 2 or calls != 2:
            found.append(f"made {calls} calls where the second succeeds")
    if contestant.breaker is not None:
        calls = 0
        call = contestant.wrap(fail)
        for _ in range(THRESHOLD + 5):
            try:
                await call(1)
            # Each library has a different exception for a rejected call.
            except Exception:
                pass
        expected = THRESHOLD * (ATTEMPTS if contestant.retry is not None else 1)
        if calls != expected:
            found.append(f"made {calls} calls where {expected} open the circuit")
    return found


async def seconds(call: Call, times: int) -> float:
    before = time.process_time_ns()
    for _ in range(times):
        await call(1)
    return (time.process_time_ns() - before) / 1e9


async def calls_in_a_slice(call: Call) -> int:
    times = 100
    while (taken := await seconds(call, times)) < SLICE / 2:
        times *= 2
    return max(1, round(times * SLICE / taken))


def spread(values: list[float], digits: int) -> list[str]:
    """Returns the median, and the first and third quartile."""
    first, median, third = statistics.quantiles(values, n=4, method="inclusive")
    return [f"{value:.{digits}f}" for value in (median, first, third)]


async def measure(rounds: int) -> int:
    # Otherwise it logs every retry of the checks.
    stamina.instrumentation.set_on_retry_hooks([])
    for contestant in CONTESTANTS:
        for mistake in await mistakes(contestant):
            print(f"{contestant.what} {contestant.name}: {mistake}", file=sys.stderr)
            return 1
    calls = [contestant.wrap(succeed) for contestant in CONTESTANTS]
    times = [await calls_in_a_slice(call) for call in calls]
    nanoseconds: list[list[float]] = [[] for _ in calls]
    for number in range(rounds):
        for call, count, figures in zip(calls, times, nanoseconds, strict=True):
            figures.append(await seconds(call, count) * 1e9 / count)
        print(f"\rround {number + 1} of {rounds}", end="", file=sys.stderr)
    print(file=sys.stderr)
    print("# In Python")
    print("# An async function that succeeds at its first attempt, with Python's libraries. Nanoseconds of processor time per call.")
    print("what\tcontestant\trounds\tns\tns_q1\tns_q3\ttimes_plain\ttimes_plain_q1\ttimes_plain_q3\tversions")
    plain = nanoseconds[0]
    for contestant, figures in zip(CONTESTANTS, nanoseconds, strict=True):
        ratios = [figure / base for figure, base in zip(figures, plain, strict=True)]
        row = [contestant.what, contestant.name, str(rounds)]
        print("\t".join([*row, *spread(figures, 0), *spread(ratios, 2), contestant.versions]))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="What retrying and breaking circuits cost a call in Python.")
    parser.add_argument("--rounds", type=int, default=51, help="at least 2 (default: 51)")
    arguments = parser.parse_args()
    if arguments.rounds < 2:
        parser.error(f"--rounds {arguments.rounds}: must be at least 2, for quartiles")
    return asyncio.run(measure(arguments.rounds))


if __name__ == "__main__":
    sys.exit(main())

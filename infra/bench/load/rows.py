"""What is printed of a match."""

from collections.abc import Iterator

from infra.bench.load.match import NO_PAUSE, READING, Tallies
from infra.bench.load.rounds import PAGES, Tally
from infra.bench.load.servers import KINDS
from infra.bench.report import Row, figure_at_most, ratio_at_most

POLICY = ratio_at_most(1.05)
SLOWEST = {
    "list": figure_at_most(300, "ms", strictly=True),
    "detail": figure_at_most(400, "ms", strictly=True),
}


def rows_of(tallies: Tallies) -> Iterator[Row]:
    """Each kind of server in turn; the same without row security is the baseline."""
    for kind in KINDS:
        yield from _times(kind, tallies[kind, True, READING], tallies[kind, False, READING])
        yield from _use(kind, READING, tallies[kind, True, READING], tallies[kind, False, READING])
        yield from _use(
            kind, NO_PAUSE, tallies[kind, True, NO_PAUSE], tallies[kind, False, NO_PAUSE]
        )
        memory = tallies[kind, True, NO_PAUSE].memory_mb
        before = tallies[kind, False, NO_PAUSE].memory_mb
        yield Row(f"{kind}, memory", memory, "MB", baseline=before)
    failed = sum(sum(tally.failures.values()) for tally in tallies.values())
    yield Row("failed pages", failed, "", goals=(figure_at_most(0, ""),))


def _times(kind: str, secured: Tally, open_: Tally) -> Iterator[Row]:
    for page in PAGES:
        for hundredth in (50, 95, 99):
            goals = {50: (POLICY,), 95: (SLOWEST[page],)}.get(hundredth, ())
            yield Row(
                f"{kind}, {page} page, p{hundredth}",
                secured.percentile(page, hundredth),
                "ms",
                baseline=open_.percentile(page, hundredth),
                goals=goals,
            )


def _use(kind: str, load: str, secured: Tally, open_: Tally) -> Iterator[Row]:
    where = f"{kind}, {load}"
    yield Row(f"{where}, pages", secured.per_second, "/s", baseline=open_.per_second)
    sides = (secured, open_)
    web = [side.per_page(side.web_cpu) for side in sides]
    database = [side.per_page(side.database_cpu) for side in sides]
    yield Row(f"{where}, web CPU of a page", web[0], "ms", baseline=web[1])
    yield Row(f"{where}, database CPU of a page", database[0], "ms", baseline=database[1])
    both = [a + b for a, b in zip(web, database, strict=True)]
    yield Row(f"{where}, CPU of a page", both[0], "ms", baseline=both[1], goals=(POLICY,))

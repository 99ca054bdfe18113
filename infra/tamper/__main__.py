"""What `./infra/bin/tamper` runs: prepare, tamper, tell; 1 when one was missed."""

import argparse
import json
import sys
from collections.abc import Sequence

import django
from django.conf import settings
from tqdm import tqdm

NORMAL = 10_000


def main(arguments: Sequence[str]) -> int:
    """Plant as many as are asked for and print what came of them, by kind."""
    options = _options(arguments)
    django.setup()
    # These know the product's own code, which can be imported from here on.
    from infra.tamper import campaign, ground

    name = settings.DATABASES["default"]["NAME"]
    here = ground.prepared(name)
    with tqdm(total=options.count, unit=" tamperings", disable=options.json, leave=False) as bar:
        result = campaign.run(
            name,
            here,
            count=options.count,
            seed=options.seed,
            kinds=options.kind or tuple(campaign.KINDS),
            progress=bar.update,
        )
    (_in_json if options.json else _in_words)(result, here, options.seed)
    return int(not result.passed())


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./infra/bin/tamper",
        description="Tampers with a sealed record as the owner of the database, triggers off.",
    )
    parser.add_argument("--count", type=int, default=NORMAL, help=f"default: {NORMAL}")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same tamperings")
    parser.add_argument("--kind", action="append", help="only this kind; may be given again")
    parser.add_argument("--json", action="store_true", help="one object instead of the table")
    return parser.parse_args(arguments)


def _in_words(result, ground, seed) -> None:  # type: ignore[no-untyped-def]  # imported late
    sizes = ", ".join(f"{cell}: {ground.size(cell)}" for cell in ground.keys)
    print(f"cells and entries {sizes}; two epochs; seed {seed}")
    print(f"{'':24}{'planted':>9}{'detected':>9}{'located':>9}{'young':>9}{'missed':>9}")
    for kind in result.planted:
        print(f"{kind:24}{_figures(result, kind)}")
    print(f"{'together':24}{_figures(result, None)}")
    for line in result.named:
        print(f"  {line}")
    tail = ", ".join(f"{cell}: {count}" for cell, count in ground.undelivered().items())
    print(f"young: in the tail that was not delivered to anybody yet ({tail} entries)")
    by = ", ".join(f"{what} {count}" for what, count in result.only_by.most_common())
    print(f"noticed by one check alone: {by}")
    count = sum(result.planted.values())
    print(f"{result.seconds:.0f} s, {1000 * result.seconds / max(1, count):.0f} ms each")


def _figures(result, kind: str | None) -> str:  # type: ignore[no-untyped-def]
    columns = (result.planted, result.detected, result.located, result.young, result.missed)
    return "".join(f"{sum(c.values()) if kind is None else c[kind]:>9}" for c in columns)


def _in_json(result, ground, seed) -> None:  # type: ignore[no-untyped-def]
    names = ("planted", "detected", "located", "young", "missed")
    told = {
        "seed": seed,
        "seconds": round(result.seconds, 1),
        "undelivered": ground.undelivered(),
        "kinds": {
            kind: {name: getattr(result, name)[kind] for name in names} for kind in result.planted
        },
        "only_by": dict(result.only_by),
        "named": result.named,
        "passed": result.passed(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`scripts/bench`: measures the groups that were asked for, prints a table, writes JSON."""

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import client, page, report, seed_rows, vault, wrk
from bench.comparison import Comparison, Row, measured
from bench.engines import ENGINES
from bench.growth import Growth
from bench.meter import WrongAnswer
from bench.processes import Failed, cores
from bench.rows import GROUPS
from bench.scale import LARGE, Scaled
from bench.stage import Large, Skipped, Stage

_SEEDING = (
    f"{seed_rows.FLAG} N [--engine {'|'.join(ENGINES)}] [--server URL] FOLDER "
    "fills a database with N recordings."
)


Took = Row | Growth | Scaled


def main(arguments: Sequence[str]) -> int:
    """0 when every row was measured, whatever its ratio; 1 when one failed."""
    signal.signal(signal.SIGTERM, _stop)  # so that what was started is ended
    if any(it.startswith(seed_rows.FLAG) for it in arguments):
        return seed_rows.main(arguments)
    wanted = _parser().parse_args(arguments)
    if wanted.client == client.WRK and wrk.program() is None:
        print("there is no wrk; leave --client out", file=sys.stderr)
        return 2
    try:
        run = _run(wanted)
    except (Failed, WrongAnswer) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if wanted.json is not None:
        report.write(wanted.json, run)
    if wanted.page is not None:
        page.write(wanted.page, run)
    return 1 if any(it.wrong for it in run.rows) else 0


def _run(wanted: argparse.Namespace) -> report.Run:
    place = cores()
    machine = report.machine(place, client.TOLD[wanted.client])
    print(f"{machine}\n{report.EXPLANATION}\n\n{report.HEADING}", flush=True)
    with ExitStack() as closing:
        folder = Path(closing.enter_context(TemporaryDirectory(prefix="dictabelt-bench-")))
        served = closing.enter_context(vault.serving(folder, core=place.server))
        asking = closing.enter_context(client.ready(wanted.client, folder, core=place.client))
        engines = tuple(ENGINES) if wanted.engine is None else (wanted.engine,)
        large = Large(wanted.rows, engines, wanted.folder, wanted.server)
        stage = Stage(folder, place, asking, served, closing, wanted.shrink, large)
        took, skipped = _measure(wanted, stage)
    return report.Run(
        machine,
        wanted.seconds,
        wanted.rounds,
        wanted.shrink,
        [report.summary(it) for it in took if isinstance(it, Row)],
        [report.grown(it) for it in took if isinstance(it, Growth)],
        [it for it in took if isinstance(it, Scaled)],
        skipped,
    )


def _measure(wanted: argparse.Namespace, stage: Stage) -> tuple[list[Took], dict[str, str]]:
    took: list[Took] = []
    skipped: dict[str, str] = {}
    for group in wanted.groups or GROUPS:
        try:
            for it in GROUPS[group](stage):
                took.append(_taken(wanted, it))
                print(report.line(took[-1]), flush=True)
        except Skipped as reason:
            skipped[group] = str(reason)
            print(f"{group}: skipped; {reason}", flush=True)
    return took, skipped


def _taken(wanted: argparse.Namespace, it: Comparison | Growth | Scaled) -> Took:
    if isinstance(it, Comparison):
        return measured(it, seconds=wanted.seconds, rounds=wanted.rounds)
    return it


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, epilog=_SEEDING)
    groups = f"of {', '.join(GROUPS)}; all"
    parser.add_argument("groups", nargs="*", type=_group, metavar="GROUP", help=groups)
    parser.add_argument("--seconds", type=_positive, default=1.0, help="of each side; 1")
    parser.add_argument("--rounds", type=_count, default=7, help="of each row; 7")
    parser.add_argument(
        "--shrink", type=_count, default=1, metavar="N", help="long calls are 1/N as long; 1"
    )
    parser.add_argument(
        "--rows", type=int, default=LARGE, metavar="N", help=f"of the large vault; {LARGE:,}"
    )
    parser.add_argument(
        "--folder", type=Path, help=f"where vaults that {seed_rows.FLAG} made are, and stay"
    )
    parser.add_argument("--engine", choices=ENGINES, help="of the large vault; all there are")
    parser.add_argument(
        "--server", metavar="URL", help="a PostgreSQL that has, or is given, the large vault"
    )
    parser.add_argument("--client", choices=client.TOLD, default=client.OWN)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the whole run")
    parser.add_argument("--page", type=Path, metavar="FILE", help="where to write it as Markdown")
    return parser


def _group(text: str) -> str:
    if text not in GROUPS:
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(GROUPS)}")
    return text


def _positive(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("needs more than 0 and at most 3600")
    return seconds


def _count(text: str) -> int:
    rounds = int(text)
    if not 1 <= rounds <= 1000:
        raise argparse.ArgumentTypeError("needs 1 to 1000")
    return rounds


def _stop(*_: object) -> None:
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

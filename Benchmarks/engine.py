"""The engine alone, in memory, against DuckDB doing the same in SQL on the same data."""

import json
import os
import subprocess
from statistics import median

from houses import HERE, over, say
from processes import Failed, Room, run, stop

PROGRAM = HERE / "engine.yaml"
PYTHON = HERE.parent / ".build-venv/bin/python"
MILLIONS = 1, 3, 10  # of clicks; a tenth as many conversions
LARGEST = MILLIONS[-1]


# What was freed stays with the process, as it does with DuckDB's, so that both work in memory that is warm.
KEPT = "glibc.malloc.mmap_threshold=17179869184:glibc.malloc.trim_threshold=17179869184"


class Asked:
    """A process that holds the data in memory and answers each line with a line of JSON."""

    def __init__(self, room: Room, command):
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True, env={**os.environ, "GLIBC_TUNABLES": KEPT})
        self.name = str(command[1])
        room.callback(stop, self.process)

    def ask(self) -> dict:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} ended without an answer")
        return json.loads(line)


def engine(room: Room, options) -> list[tuple]:
    folder = room.folder / "data"
    folder.mkdir()
    bench(options, "write", LARGEST, folder)
    duckdb = Asked(room, [PYTHON, HERE / "in_duckdb.py", folder])
    sizes = {size: Asked(room, command(options, "run", size)) for size in MILLIONS}
    rounds = [measure(sizes, duckdb, number) for number in range(options.rounds + 1)]
    ours, theirs = zip(*rounds[1:])  # the first warms both
    seconds = {size: [mine[size]["seconds"] for mine in ours] for size in MILLIONS}
    rules = [LARGEST / 10 * 1e6 / mine[LARGEST]["rules seconds"] for mine in ours]
    memory = bench(options, "memory", LARGEST)
    click, conversion = memory["a click"], memory["a conversion"]
    rows = [
        (f"engine, {LARGEST} M clicks and {LARGEST // 10} M conversions", f"{median(seconds[LARGEST]):.2f} s",
         f"DuckDB {duckdb.ask()['version']} {median(theirs):.2f} s", over(theirs, seconds[LARGEST]), 1),
        ("rules alone, one core", f"{median(rules):,.0f} /s", "2,000,000 /s", over(rules, 2_000_000), 1),
        ("memory of a click", f"{click:.0f} bytes", "100 bytes", [100 / click], 1),
        ("memory of a conversion", f"{conversion:.0f} bytes", "400 bytes", [400 / conversion], 1),
    ]
    for size in MILLIONS[:-1]:
        scaled = [LARGEST / size * value for value in seconds[size]]
        rows.append((f"engine, {size} M clicks", f"{median(seconds[size]):.3f} s",
                     f"{LARGEST} M, for as many", over(seconds[LARGEST], scaled), None))
    return rows


def measure(sizes: dict[int, Asked], duckdb: Asked, number: int) -> tuple[dict, float]:
    ours = {size: process.ask() for size, process in sizes.items()}
    theirs = duckdb.ask()
    mine = ours[LARGEST]
    commission = {str(partner): sum_ for partner, sum_ in enumerate(mine["commission"]) if sum_}
    if mine["attributed"] != theirs["attributed"] or commission != theirs["commission"]:
        raise Failed(f"DuckDB attributes {theirs['attributed']:,}, the engine {mine['attributed']:,}, or their"
                     " commissions differ")
    say(f"round {number}: {mine['seconds']:.2f} s · DuckDB {theirs['seconds']:.2f} s · both attribute"
        f" {mine['attributed']:,} with {sum(mine['commission']) / 100:,.2f} EUR")
    return ours, theirs["seconds"]


def bench(options, what: str, millions: int, *more) -> dict:
    out = run(command(options, what, millions, *more), timeout=300)
    return json.loads(out) if out else {}


def command(options, what: str, millions: int, *more) -> list:
    return [options.engine, what, PROGRAM, millions * 1_000_000, millions * 100_000, *more]

"""`program diff` over a long history, beside `verify` and the import of the same facts."""

import os
import subprocess
from pathlib import Path

import history
from houses import HERE, House, over, say
from processes import Failed, Room

SIZES = 30_000, 300_000


def cost(house: House, *words) -> tuple[float, float]:
    """Seconds of processor, which neighbours take less of than of the clock; and the most megabytes it held."""
    with open(house.folder / "said", "wb") as said:
        child = subprocess.Popen([str(house.product), *map(str, words)], cwd=house.folder, env=house.environment,
                                 stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise Failed(f"{' '.join(map(str, words))}: {(house.folder / 'said').read_text()[-1500:]}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def other_program(folder: Path) -> Path:
    """More is paid, by tiers of the month, and a month's budget is the end of it."""
    path = folder / "other.yaml"
    path.write_text((HERE / "program.yaml").read_text().replace(
        "pay: 20%\n",
        "pay: 21%\n      tiers: {by: revenue, shape: retroactive, period: month, steps: [[10000.00, 25%]]}\n"
        "      caps: [{per: program, period: month, amount: 5000000.00}]\n"))
    return path


def diffs(room: Room, options) -> list[tuple]:
    """Once each: what matters is how they stand to each other."""
    rows, own = [], {}
    for size in SIZES:
        house = House(options.product, room.folder / f"house-{size}").make().with_people(size // 2)
        facts = room.folder / "conversions.ndjson"
        history.write_conversions(facts, size, clicks=size // 2)
        brought, _ = cost(house, "import", "facts", facts)
        verified, verify_megabytes = cost(house, "verify")
        own[size], megabytes = cost(house, "program", "diff", other_program(room.folder))
        say(f"{size:,}: import {brought:.1f} s · verify {verified:.1f} s, {verify_megabytes:.0f} MB"
            f" · diff {own[size]:.1f} s, {megabytes:.0f} MB")
        rows += [
            (f"program diff, {size:,} conversions", f"{own[size]:.1f} s", f"verify {verified:.1f} s",
             over([verified], [own[size]]), None),
            ("", "", f"their import {brought:.1f} s", over([brought], [own[size]]), None),
            ("", f"{megabytes:.0f} MB", f"verify {verify_megabytes:.0f} MB",
             over([verify_megabytes], [megabytes]), None),
        ]
    few, many = SIZES
    return rows + [(f"{few:,}", f"{own[few]:.2f} s", f"{many:,}, for as many",
                    over([own[many] / (many / few)], [own[few]]), None)]

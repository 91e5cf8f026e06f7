"""The product on PostgreSQL: against what the server itself can do with the same statements, against the
product without groups, and against the product on SQLite."""

from statistics import median

import history
from houses import House, Served, over, say, traced
from postgres import Postgres
from processes import Failed, Room
from statements import as_pgbench, joined, summary

CLIENTS = 64


def on_postgres(room: Room, options) -> list[tuple]:
    """Each has a copy of one database on one server, which syncs every commit."""
    postgres = Postgres(room)
    first = House(options.product, room.folder / "house", postgres.create("house")).make().with_people()

    def twin(name: str) -> House:
        return first.copy(room.folder / name, postgres.create(name, like="house"))

    plan = joined(traced(room, twin("traced")))
    say(summary(plan))
    script = room.folder / "conversion.sql"
    script.write_text(as_pgbench(plan))
    postgres.create("repeated", like="house")
    grouped = Served(room, "grouped", twin("grouped"), postgres)
    single = Served(room, "single", twin("single"), postgres, TALLYSTICK_GROUPS="off")
    sqlite = Served(room, "sqlite", House(options.product, room.folder / "sqlite").make().with_people(0))

    rounds = []
    for number in range(options.rounds + 1):  # the first warms all
        seconds = options.seconds if number else 1
        ours, alone = grouped.conversions(seconds, number), single.conversions(seconds, number)
        # One client waits for nobody; the others wait for the program's head.
        tps = [postgres.pgbench(script, seconds, 2 * number + one, 1 if one else CLIENTS, "repeated")
               for one in (0, 1)]
        clicks, on_sqlite = grouped.clicks(seconds), sqlite.clicks(seconds)
        say(f"round {number}: conversions {ours['rate']:,.0f} /s · pgbench {tps[0]:,.0f} and {tps[1]:,.0f} /s"
            f" · one by one {alone['rate']:,.0f} /s · clicks {clicks['rate']:,.0f} /s"
            f" · on SQLite {on_sqlite['rate']:,.0f} /s")
        rounds.append((ours, alone, *tps, clicks, on_sqlite))
        if number == 0:  # plans for empty tables; PostgreSQL does so by itself within a minute
            for database in "grouped", "single", "repeated":
                postgres.sql("VACUUM ANALYZE", database)
    if spilled := grouped.figure("tallystick_spool_spilled"):
        raise Failed(f"{spilled:,.0f} clicks waited on disk: PostgreSQL took over two seconds for a commit")
    ours, alone, tps, tps_one, clicks, on_sqlite = zip(*rounds[1:])
    return [
        (f"conversions on PostgreSQL, {CLIENTS} connections", measured(ours),
         f"pgbench, {CLIENTS} clients {median(tps):,.0f} /s", over(rates(ours), tps), 0.5),
        ("", "", f"pgbench, 1 client {median(tps_one):,.0f} /s", over(rates(ours), tps_one), 0.5),
        ("", "", f"a commit a request {measured(alone)}", over(rates(ours), rates(alone)), 3),
        (f"clicks on PostgreSQL, {CLIENTS} connections", measured(clicks),
         f"on SQLite {measured(on_sqlite)}", over(rates(clicks), rates(on_sqlite)), 0.5),
    ]


def sizes(room: Room, options) -> list[tuple]:
    """The same history on both: how long it takes in, what it takes up, how long its proof takes."""
    postgres = Postgres(room)
    kinds = ("click", history.write_clicks, 200_000, {}), \
            ("conversion", history.write_conversions, 40_000, {"clicks": history.CLICKS})
    for kind, write, count, more in kinds:
        write(room.folder / f"{kind}.ndjson", count, **more)

    def measured(house: House, size) -> dict[str, float]:
        house.make().with_people(0)
        figures = {}
        for kind, _, count, _ in kinds:
            before = size()
            figures[f"import of {kind}s"] = count / house.takes("import", "facts", room.folder / f"{kind}.ndjson")
            figures[f"a {kind} on disk"] = (size() - before) / count
        figures["verify of conversions"] = kinds[1][2] / house.takes("verify")
        return figures

    def size_on_postgres() -> int:
        return int(postgres.sql("VACUUM; CHECKPOINT; SELECT pg_database_size('sized')", "sized"))

    file = House(options.product, room.folder / "file")
    server = House(options.product, room.folder / "server", postgres.create("sized"))
    on_file = measured(file, lambda: file.database.stat().st_size)
    on_server = measured(server, size_on_postgres)
    unit = {True: "bytes", False: "/s"}
    return [
        (what, *(f"{figures[what]:,.0f} {unit['disk' in what]} on {where}"
                 for figures, where in ((on_server, "PostgreSQL"), (on_file, "SQLite"))),
         [on_server[what] / on_file[what]], None)
        for what in on_file
    ]


def rates(results) -> list[float]:
    return [result["rate"] for result in results]


def measured(results) -> str:
    """With the CPU time of the product and of PostgreSQL."""
    rate, p99, own, its = (
        median(result[name] for result in results) for name in ("rate", "p99", "cpu", "cpu of postgres"))
    cpu = f"{own:.0f} + {its:.0f}" if its else f"{own:.0f}"
    return f"{rate:,.0f} /s (p99 {p99:.1f} ms, CPU {cpu} µs each)"

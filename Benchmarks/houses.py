"""The product with a database of its own, the load that is put on it, and what a conversion runs there."""

import json
import os
import shutil
import sys
import time
import urllib.request
from pathlib import Path

import history
import statements
from processes import Failed, Room, cpu_seconds, free_port, post, run, stop, wait_for

HERE = Path(__file__).resolve().parent


class House:
    """A folder with the product's keys and, where no address is given, its database."""

    def __init__(self, product: Path, folder: Path, address: str | None = None):
        self.product, self.folder = product, folder
        self.database = folder / "bench.db"
        self.environment = {
            **os.environ, "TALLYSTICK_DATABASE": address or f"sqlite:{self.database}",
            "TALLYSTICK_KEY_FILE": str(folder / "key"),
        }

    def make(self, program: Path = HERE / "program.yaml") -> "House":
        self.folder.mkdir()
        self.api_key = json.loads(self.does("init", "--program", program, "--json"))["api_key"]
        return self

    def copy(self, folder: Path, address: str | None = None) -> "House":
        """With an address, the database there is a copy already."""
        shutil.copytree(self.folder, folder)
        house = House(self.product, folder, address)
        house.api_key = self.api_key
        return house

    def does(self, *words, timeout: float = 300) -> str:
        return run([self.product, *words], timeout=timeout, cwd=self.folder, env=self.environment)

    def takes(self, *words) -> float:
        begin = time.monotonic()
        self.does(*words)
        return time.monotonic() - begin

    def with_people(self, clicks: int = history.CLICKS) -> "House":
        history.write_people(self.folder / "people.ndjson")
        self.does("import", "facts", self.folder / "people.ndjson")
        if clicks:
            history.write_clicks(self.folder / "clicks.ndjson", clicks)
            self.does("import", "facts", self.folder / "clicks.ndjson")
        return self

    def serve(self, room: Room, name: str, **more):
        """The process, its address and the seconds until it first answered."""
        address = f"127.0.0.1:{free_port()}"
        process = room.start([self.product, "serve", "--listen", address], name, cwd=self.folder,
                             env={**self.environment, **more})
        try:
            return process, f"http://{address}", wait_for(process, f"http://{address}/healthz")
        except Failed as error:
            raise Failed(f"{error}: {room.log(name)}") from error


class Served:
    """A house that serves, under load."""

    def __init__(self, room: Room, name: str, house: House, postgres=None, **more):
        self.key, self.postgres = house.api_key, postgres
        self.process, self.address, _ = house.serve(room, name, **more)

    def conversions(self, seconds: int, number: int) -> dict:
        return self.measured(lambda: conversions(self.address, self.key, seconds, number))

    def clicks(self, seconds: int) -> dict:
        return self.measured(lambda: wrk("clicks.lua", self.address, seconds, PARTNERS=str(history.PARTNERS)))

    def figure(self, name: str) -> float:
        """One of its own measures."""
        with urllib.request.urlopen(f"{self.address}/metrics", timeout=5) as answer:
            lines = [line.split() for line in answer.read().decode().splitlines()]
        return next((float(line[1]) for line in lines if line[0] == name), 0)

    def measured(self, load) -> dict:
        """Also the CPU time of the server, and of PostgreSQL, in microseconds for each request."""
        before = self.cpu_seconds()
        result = load()
        cpu = [(now - then) / result["requests"] * 1e6 for then, now in zip(before, self.cpu_seconds())]
        return {**result, "cpu": cpu[0], "cpu of postgres": cpu[1]}

    def cpu_seconds(self) -> tuple[float, float]:
        return cpu_seconds(self.process.pid), self.postgres.cpu_seconds() if self.postgres else 0


def conversions(address: str, key: str, seconds: int, number: int) -> dict:
    """`number` keeps the ids of one round apart from another's."""
    return wrk("conversions.lua", f"{address}/v1/conversions", seconds, API_KEY=key, RUN=f"{number:02}",
               CLICKS=str(history.CLICKS))


def wrk(script: str, url: str, seconds: int, **given) -> dict:
    out = run(["wrk", "-t1", "-c64", f"-d{seconds}s", "-s", HERE / script, url], timeout=seconds + 60,
              env={**os.environ, "REPORT": str(HERE / "report.lua"), **given})
    result = json.loads(out.split("RESULT ")[1])
    if result["failed"] or not result["requests"]:
        raise Failed(f"{result['failed']} of {result['requests']} requests to {url} failed")
    return {**result, "rate": result["requests"] / result["seconds"]}


def traced(room: Room, house: House) -> list[statements.Statement]:
    """Posts until two conversions in a row ran the same statements; the first ones warm the server."""
    trace = house.folder / "trace.ndjson"
    server, address, _ = house.serve(room, "traced", TALLYSTICK_TRACE_SQL=str(trace))
    last, tries = [], 10
    for number in range(tries):
        offset = trace.stat().st_size if trace.exists() else 0
        own = f"c-traced-{number:08}"
        body = {"id": own, "event": "sale", "amount": "49.90", "currency": "USD", "click": "k-000007",
                "customer": f"u-traced-{number:08}"}
        post(f"{address}/v1/conversions", house.api_key, body)
        # Read at once, before the clock's own work comes into it.
        if not trace.exists() or trace.stat().st_size == offset:
            raise Failed("the server wrote no trace: TALLYSTICK_TRACE_SQL should name the file it appends to")
        lines = statements.turn(statements.read(trace, offset), own)
        plan = statements.repeatable(last, lines, time.time())
        if plan:
            stop(server)
            return plan
        last = lines
        time.sleep(0.2)
    raise Failed(f"no two of {tries} conversions ran the same statements")


def over(ours, theirs) -> list[float]:
    """Ratios, round by round; a plain number stands for every round."""
    count = max(len(side) for side in (ours, theirs) if not isinstance(side, (int, float)))
    sides = [[side] * count if isinstance(side, (int, float)) else side for side in (ours, theirs)]
    return [a / b for a, b in zip(*sides)]


def say(text: str) -> None:
    print(f"   {text}", file=sys.stderr, flush=True)

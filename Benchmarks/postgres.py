"""A PostgreSQL cluster of its own, on a socket in a folder of its own, with the product's tables and rows."""

import os
import pwd
import re
import signal
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from processes import Failed, Room, cpu_seconds, run, stop


class Postgres:
    def __init__(self, room: Room):
        self.home = room.folder / "postgres"
        self.home.mkdir()
        who = {}
        if os.geteuid() == 0:  # the database refuses to run as root
            user = next((name for name in ("postgres", "nobody") if exists(name)), None)
            if user is None:
                raise Failed("as root a user `postgres` or `nobody` is needed to run PostgreSQL")
            account = pwd.getpwnam(user)
            os.chown(self.home, account.pw_uid, account.pw_gid)
            who = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.environment = {
            **os.environ, "PGHOST": str(self.home), "PGUSER": "bench", "PGDATABASE": "postgres",
        }
        data = self.home / "data"
        run([program("initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C",
             "--no-sync"], cwd=self.home, **who)
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.home}"]
        process = room.start([program("postgres"), "-D", data, *options], "postgres", cwd=self.home, **who)
        self.pid = process.pid
        room.callback(stop, process, signal.SIGINT)  # the fast way down
        self.wait(room, process)

    def wait(self, room: Room, process) -> None:
        for _ in range(100):
            if process.poll() is None and (self.home / ".s.PGSQL.5432").exists():
                with suppress(Failed):
                    self.sql("SELECT 1")
                    return
            time.sleep(0.1)
        raise Failed(f"PostgreSQL did not start: {room.log('postgres')}")

    def sql(self, text: str, database: str = "postgres") -> str:
        return run([program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database],
                   input=text, env=self.environment)

    def cpu_seconds(self) -> float:
        """Of all its processes; one that has ended counts with the first of them, their parent."""
        seconds = cpu_seconds(self.pid, with_ended=True)
        for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            with suppress(FileNotFoundError):
                seconds += cpu_seconds(int(pid))
        return seconds

    def address(self, database: str) -> str:
        return f"postgres:///{database}?host={self.home}&user=bench"

    def create(self, database: str, like: str | None = None) -> str:
        """The address of a new database: an empty one, or a copy of one that nobody uses now."""
        if like:
            self.sql("VACUUM ANALYZE; CHECKPOINT;", like)
        self.sql(f"CREATE DATABASE {database} TEMPLATE {like or 'template1'}")
        return self.address(database)

    def pgbench(self, script: Path, seconds: int, number: int, clients: int = 16,
                database: str = "postgres") -> float:
        """Transactions a second; `number` keeps the fresh ids of one run apart from another's."""
        out = run([program("pgbench"), "-n", "-M", "prepared", "-c", clients, "-j", min(2, clients),
                   "-T", seconds, "-D", "i=0", "-D", f"run={number}", "-f", script, database],
                  timeout=seconds + 60, env=self.environment)
        return float(re.search(r"^tps = ([\d.]+)", out, re.M)[1])

    def copy_from(self, database: Path, schema: Path) -> int:
        """Makes the product's tables and brings its rows; says how many."""
        self.sql(translated(schema.read_text()))
        columns: dict[str, list[str]] = {}
        for line in self.sql("SELECT table_name, column_name FROM information_schema.columns"
                             " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position").split():
            table, column = line.split("|")
            columns.setdefault(table, []).append(column)
        rows = 0
        source = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        there = {name for (name,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in columns.keys() & there:
            names = ", ".join(f'"{name}"' for name in columns[table])
            lines = ["\t".join(map(copied, row)) for row in source.execute(f'SELECT {names} FROM "{table}"')]
            rows += len(lines)
            if lines:
                self.sql(f'SET session_replication_role = replica;\nCOPY "{table}" ({names}) FROM STDIN;\n'
                         + "\n".join(lines) + "\n\\.\n")
        source.close()
        self.sql("VACUUM ANALYZE; CHECKPOINT;")
        return rows


def program(name: str) -> str:
    """From the newest version that Debian keeps, else from the PATH."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    return str(max(versions, key=lambda path: float(path.parts[4]), default=name))


def exists(user: str) -> bool:
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False


def translated(schema: str) -> str:
    """SQLite's tables for PostgreSQL; what is already written for both stays as it is."""
    schema = re.sub(r"--[^\n]*", "", schema)
    schema = re.sub(r"\)\s*(?:(?:STRICT|WITHOUT\s+ROWID)\s*,?\s*)+(?=;|$)", ")", schema, flags=re.I)
    schema = re.sub(r"\bINTEGER PRIMARY KEY(?: AUTOINCREMENT)?",
                    "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", schema, flags=re.I)
    for ours, theirs in ("INTEGER", "BIGINT"), ("REAL", "DOUBLE PRECISION"), ("BLOB", "BYTEA"):
        schema = re.sub(rf"\b{ours}\b", theirs, schema)
    return schema


def copied(value) -> str:
    """As COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")

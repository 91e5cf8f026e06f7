"""The statements that one conversion really runs, from two traces of the product, made ready to be repeated.

Two conversions that differ in their id and customer are traced. What differs between them (ids, what is derived
from ids, sequence numbers) must be new in every repetition; what is the same stays, so that the click, the
partner and the program are found as the product finds them. Instants stay too.
"""

import json
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from processes import Failed

ROW = re.compile(r"VALUES\s*\([^()]*\)")
DIGITS = 16  # of a fresh number: as a number it fits a BIGINT, as text it is the end of an id


@dataclass(frozen=True)
class Fresh:
    """A value that is new in every repetition: the number-th of its conversion."""

    number: int
    prefix: str  # of a text; empty for a number


@dataclass(frozen=True)
class Statement:
    sql: str  # with $1, $2 …
    values: tuple  # of str, None and Fresh


def read(path: Path, offset: int) -> list[dict]:
    with path.open() as file:
        file.seek(offset)
        return [json.loads(line) for line in file]


def turn(lines: list[dict], own_id: str) -> list[dict]:
    """What ran for one conversion: where the trace shows transactions, only the one that names its id."""
    own, inside = [], None
    for line in lines:
        verb = line["sql"].split(None, 1)[0].upper().rstrip(";")
        if verb == "BEGIN":
            inside = []
        elif verb in ("COMMIT", "END", "ROLLBACK") and " TO " not in line["sql"].upper():
            mine = any(own_id in str(value) for step in inside or [] for value in step["values"])
            own += inside if mine else []
            inside = None
        elif verb in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
            (own if inside is None else inside).append(line)
    return own + (inside or [])


def repeatable(first: list[dict], second: list[dict], now: float) -> list[Statement] | None:
    """None when the two ran different statements: something else was at work beside them."""
    if not first or [line["sql"] for line in first] != [line["sql"] for line in second]:
        return None
    numbers: dict = {}

    def value(one, other):
        if one is None or one == other or is_instant(one, now):
            return text(one)
        number = numbers.setdefault(one, len(numbers))
        return Fresh(number, one[:-DIGITS] if isinstance(one, str) else "")

    statements = [
        Statement(a["sql"].rstrip().rstrip(";"), tuple(map(value, a["values"], b["values"])))
        for a, b in zip(first, second)
    ]
    if len(numbers) > 64:
        raise Failed(f"{len(numbers)} values differ between two conversions: too many to repeat")
    return statements


def is_instant(value, now: float) -> bool:
    year = 365 * 86_400_000
    return isinstance(value, int) and not isinstance(value, bool) and abs(value - now * 1000) < year


def text(value) -> str | None:
    """As PostgreSQL reads it from an untyped parameter."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    raise Failed(f"the trace holds a value that cannot be repeated: {value!r}")


def joined(statements: list[Statement]) -> list[Statement]:
    """Rows that the trace shows one by one, but that one INSERT brought: the same text, one after another."""
    result: list[Statement] = []
    for _, alike in groupby(statements, lambda statement: statement.sql):
        first, *more = alike
        rows = ROW.search(first.sql)
        if not more or not first.sql.startswith("INSERT") or not rows:
            result += [first, *more]
            continue
        width = len(first.values)
        holes = [", ".join(f"${row * width + column}" for column in range(1, width + 1))
                 for row in range(len(more) + 1)]
        sql = first.sql[: rows.start()] + "VALUES " + ", ".join(f"({row})" for row in holes)
        values = sum((statement.values for statement in more), first.values)
        result.append(Statement(sql + first.sql[rows.end():], values))
    return result


def as_pgbench(statements: list[Statement]) -> str:
    """One transaction; what stays is written into the text, what is fresh is a parameter."""

    def literal(value) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, Fresh):
            return f"({literal(value.prefix)} || :f{value.number})" if value.prefix else f":f{value.number}"
        if re.search(r"[:\\]", value):  # a colon would begin one of pgbench's variables
            value = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\072")
            return f"E'{value}'"
        return "'" + value.replace("'", "''") + "'"

    count = 1 + max((v.number for s in statements for v in s.values if isinstance(v, Fresh)), default=-1)
    first = 10 ** (DIGITS - 1)
    lines = ["\\set i :i + 1", f"\\set u {first} + ((:run * 64 + :client_id) * 10000000 + :i) * 64"]
    lines += [f"\\set f{n} :u + {n}" for n in range(count)]
    lines += ["BEGIN;"]
    for statement in statements:
        literals = [literal(value) for value in statement.values]
        sql = re.sub(r"\$(\d+)", lambda match: literals[int(match[1]) - 1], statement.sql)
        lines.append(" ".join(sql.split("\n")) + ";")
    return "\n".join(lines + ["END;"]) + "\n"


def as_psycopg(statements: list[Statement]) -> list:
    """[[sql with %s, [value or {"fresh": n, "prefix": p}]]] for the service."""
    result = []
    for statement in statements:
        values = []

        def place(match):
            value = statement.values[int(match[1]) - 1]
            is_fresh = isinstance(value, Fresh)
            values.append({"fresh": value.number, "prefix": value.prefix} if is_fresh else value)
            return "%s"

        sql = re.sub(r"\$(\d+)", place, statement.sql.replace("%", "%%"))
        result.append([sql, values])
    return result


def summary(statements: list[Statement]) -> str:
    verbs = [statement.sql.split(None, 1)[0].upper() for statement in statements]
    counts = ", ".join(f"{verbs.count(verb)} {verb}" for verb in dict.fromkeys(verbs))
    return f"{len(verbs)} statements a conversion ({counts})"

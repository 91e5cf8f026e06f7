"""The sums of the engine's benchmark in SQL: loads FOLDER/clicks.csv and sales.csv into memory, then does them
once for every line that is read, and answers each with a line of JSON."""

import json
import os
import sys
import time

import duckdb

# What the engine does: the visitor's last click that may speak, if it is of the 30 days before; the first rule
# that matches, the last at the step that its partner has reached in the month; half to even. Decisions and lines
# are kept.
DECIDE = """
CREATE OR REPLACE TABLE decision AS
WITH won AS (
    SELECT sale.id, sale.instant,
           CASE WHEN sale.instant < click.instant + 2592000000 THEN click.partner END AS partner,
           greatest(amount - tax - shipping, 0) AS base,
           CASE WHEN country IN ('FR', 'IT', 'ES') THEN 10 WHEN amount > 40000 THEN 5 END AS rate
      FROM sale ASOF LEFT JOIN (SELECT instant, visitor, partner FROM click WHERE speaks) click
        ON click.visitor = sale.visitor AND click.instant <= sale.instant),
counted AS (
    SELECT id, instant, partner, base, rate,
           coalesce(sum(base) OVER (
               PARTITION BY partner, rate, date_trunc('month', epoch_ms(instant)) ORDER BY id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
      FROM won),
rated AS (
    SELECT id, instant, partner,
           base * CASE WHEN rate IS NOT NULL THEN rate WHEN before >= 5000000 THEN 9 WHEN before >= 2000000 THEN 8
                       ELSE 7 END AS part
      FROM counted)
SELECT id, instant, partner,
       CASE WHEN partner IS NOT NULL THEN
           part // 100
           + CASE WHEN part % 100 > 50 OR (part % 100 = 50 AND part // 100 % 2 = 1) THEN 1 ELSE 0 END
       END AS commission
  FROM rated
"""
SUM = """
SELECT partner, count(*), sum(commission) FROM decision WHERE partner IS NOT NULL GROUP BY partner ORDER BY partner
"""


def load(folder: str) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(config={"threads": os.cpu_count()})
    database.execute(
        "CREATE TABLE click AS SELECT instant::BIGINT AS instant, visitor::INTEGER AS visitor,"
        " partner::SMALLINT AS partner, speaks FROM read_csv(?)", [f"{folder}/clicks.csv"])
    database.execute(
        "CREATE TABLE sale AS SELECT row_number() OVER (ORDER BY instant) - 1 AS id, instant::BIGINT AS instant,"
        " visitor::INTEGER AS visitor, amount::BIGINT AS amount, tax::BIGINT AS tax,"
        " shipping::BIGINT AS shipping, country FROM read_csv(?)", [f"{folder}/sales.csv"])
    return database


def main() -> None:
    database = load(sys.argv[1])
    for _ in sys.stdin:
        begin = time.monotonic()
        database.execute(DECIDE)
        rows = database.execute(SUM).fetchall()
        seconds = time.monotonic() - begin
        print(json.dumps({"version": duckdb.__version__, "seconds": seconds,
                          "attributed": sum(count for _, count, _ in rows),
                          "commission": {partner: int(sum_) for partner, _, sum_ in rows}}), flush=True)


main()

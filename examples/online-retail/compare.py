#!/usr/bin/env python3
"""Holds the product's decisions against those of expect.py, and counts what happened to the money.

    python3 compare.py OUT_DIR/facts/expected.json OUT_DIR/audit

Exit 1 when an order went to another partner, a gate caught another number of orders, or too few refunds came
after payout.
"""
import json
import sys
from collections import Counter
from pathlib import Path


def rows(path):
    with open(path, encoding="utf-8") as file:
        yield from map(json.loads, file)


def differences(expected, audit):
    """A sentence for each thing that is not as expected."""
    last = {row["fact"]: row for row in rows(audit / "decisions.ndjson") if row["fact_kind"] == "conversion"}
    sources = expected["sources"]
    wrong = [id for id in sources if id not in last or last[id]["source"] != sources[id]]
    if wrong:
        yield f"{len(wrong)} of {len(sources)} orders went elsewhere, the first of them {wrong[0]}"
    if len(last) != len(sources):
        yield f"{len(last)} orders were decided, not {len(sources)}"
    dropped = lambda row: {claim["reason"] for claim in row["claims"] if claim["outcome"] == "dropped"}
    gates = Counter(reason for row in last.values() for reason in dropped(row))
    for gate, count in expected["counts"]["orders_per_gate"].items():
        print(f"{gate:22} {gates[gate]:6} orders")
        if gates[gate] != count:
            yield f"{gate} caught claims of {gates[gate]} orders, not of {count}"

    late = refunds_after_payout(audit)
    print(f"{'refunds after payout':22} {late:6}")
    if late < 100:
        yield f"only {late} refunds came after payout"


def refunds_after_payout(audit):
    """Reversals of lines whose statement the bank had paid by then."""
    paid = {statement for batch in rows(audit / "batches.ndjson") for item in batch["items"]
            if item["state"] == "paid" for statement in item["statements"]}
    pay_date = {row["statement"]: row["pay_date"] for row in rows(audit / "statements.ndjson")}
    lines = list(rows(audit / "lines.ndjson"))
    paid_on = {(line["conversion"], line["rule"]): pay_date[line["statement"]] for line in lines
               if line["kind"] == "commission" and line.get("statement") in paid}
    back = {line["fact"] for line in lines if line["fact_kind"] == "refund"
            and line["at"][:10] > paid_on.get((line["conversion"], line["rule"]), "9999")}
    return len(back)


def main(expected, audit):
    found = list(differences(json.loads(Path(expected).read_text(encoding="utf-8")), Path(audit)))
    for sentence in found:
        print("compare: " + sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: compare.py EXPECTED AUDIT_DIR")
    sys.exit(main(sys.argv[1], sys.argv[2]))

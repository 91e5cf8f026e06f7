#!/usr/bin/env python3
"""The bank's answer to a batch that it paid whole: reads `payouts list --json`, prints item,outcome,reference.

    tallystick payouts list --json | python3 answer.py BATCH > answer.csv
"""
import csv
import json
import sys


def main(batch):
    found = json.load(sys.stdin)
    batches = found["data"] if isinstance(found, dict) else found
    items = next((b["items"] for b in batches if b["id"] == batch), None)
    if items is None:
        sys.exit(f"answer: there is no batch {batch}")
    answer = csv.writer(sys.stdout, lineterminator="\n")
    answer.writerow(["item", "outcome", "reference"])
    for n, item in enumerate(items, 1):
        answer.writerow([item.get("id") or item["item"], "paid", f"{batch}/{n}"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: answer.py BATCH")
    main(sys.argv[1])

#!/usr/bin/env bash
# A year of a real shop through a partner program: decided, earned, refunded, settled, paid and audited.
#
#     TALLYSTICK_DATA=/path/to/data ./run.sh [OUT_DIR] [TALLYSTICK_BINARY] [DATABASE]
#
# The database is a new one: OUT_DIR/retail.db, or one named as postgres://…
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
: "${TALLYSTICK_DATA:?the folder of OnlineRetail_subset.csv and eurofxref-hist.zip}"
out="${1:-$here/out}"
built="$here/../../.build/release/tallystick"
tallystick="${2:-$(if [ -x "$built" ]; then echo "$built"; else echo tallystick; fi)}"

if [ -e "$out/tallystick.key" ]; then
    echo "run.sh: $out holds an earlier run; remove it or name another folder" >&2
    exit 1
fi
mkdir -p "$out/facts" "$out/import" "$out/batches" "$out/reports"
export TALLYSTICK_DATABASE="${3:-sqlite:$out/retail.db}"
export TALLYSTICK_KEY_FILE="$out/tallystick.key"
opener=opener@shop.example
approver=approver@shop.example

say() { printf '\n== %s\n' "$*"; }
has() { command -v "$1" >/dev/null || { echo "($1 is not installed: left out)"; return 1; }; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

bring() {
    local file="$out/facts/facts-$1.ndjson"
    [ -e "$file" ] || return 0
    "$tallystick" import facts "$file" --json > "$out/import/$1.json"
}

# One person opens what is due on the 16th, another approves it, and the bank pays all of it.
paid=0
pay() {
    local files="$out/batches/$1" batch
    if ! "$tallystick" payouts open --as-of "$1-16T00:00:00Z" --as "$opener" --json > "$files-open.json"; then
        echo "$1: nothing was opened"
        return 0
    fi
    batch="$(field id < "$files-open.json")"
    "$tallystick" payouts approve "$batch" --as "$approver"
    "$tallystick" payouts export "$batch" --rail sepa --out "$files-sepa.xml"
    "$tallystick" payouts list --json | python3 "$here/answer.py" "$batch" > "$files-answer.csv"
    "$tallystick" payouts record "$files-answer.csv"
    paid=$((paid + 1))
    echo "$1: $batch is paid"
}

say "facts"
python3 "$here/make_facts.py" "$TALLYSTICK_DATA" "$out/facts"

say "program"
"$tallystick" program check "$here/program.yaml"
"$tallystick" init --program "$here/program.yaml" --json > "$out/init.json"
"$tallystick" user add "$opener" --role finance --json > /dev/null
"$tallystick" user add "$approver" --role finance --json > /dev/null

# In the order of the calendar: what came in by the 15th, the payout of the 16th, the rest, the month's close.
# So a cancellation of March finds its sale of December paid already.
say "month by month"
bring 2010-12a
bring 2010-12b
for month in 2011-{01..12} 2012-{01..03}; do
    "$tallystick" settle --as-of "$month-01T00:00:00Z"
    bring "${month}a"
    pay "$month"
    bring "${month}b"
done

if [ "$paid" -lt 12 ]; then
    echo "run.sh: only $paid months were paid" >&2
    exit 1
fi

say "reports"
for report in partners; do
    "$tallystick" report "$report" | tee "$out/reports/$report.txt"
    "$tallystick" report "$report" --json > "$out/reports/$report.json"
done

say "audit"
"$tallystick" verify
"$tallystick" audit export --out "$out/audit"
python3 "$here/compare.py" "$out/facts/expected.json" "$out/audit"
if [ -e "$here/../audit.py" ]; then
    python3 "$here/../audit.py" "$out/audit"
fi
for format in hledger ledger beancount ndjson; do
    "$tallystick" ledger export --format "$format" > "$out/ledger.$format"
done
if has hledger; then hledger -f "$out/ledger.hledger" check --strict ordereddates; fi
if has ledger; then ledger -f "$out/ledger.ledger" --strict --pedantic balance > "$out/ledger-balance.txt"; fi
if has bean-check; then bean-check "$out/ledger.beancount"; fi

# Two other programs over the same year, and the one in force, which must come to what is recorded.
say "other programs"
for other in program growth first-touch; do
    "$tallystick" program diff "$here/$other.yaml" > "$out/reports/diff-$other.txt"
    "$tallystick" program diff "$here/$other.yaml" --json > "$out/reports/diff-$other.json"
    sed -n '/would gain\|By rule/q; p' "$out/reports/diff-$other.txt"
done

say "SEPA files"
schema="$(python3 -c 'import pathlib, sepaxml
print(pathlib.Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd")' 2>/dev/null || true)"
if [ -e "$schema" ] && has xmllint; then
    xmllint --noout --schema "$schema" "$out"/batches/*-sepa.xml
else
    echo "(python3 sepaxml is not installed: not held against the bank's schema)"
fi
say "done: $out"

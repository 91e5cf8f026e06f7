#!/usr/bin/env python3
"""Turns a year of a real shop's orders into Tallystick facts.

    python3 make_facts.py DATA_DIR OUT_DIR

DATA_DIR holds OnlineRetail_subset.csv and eurofxref-hist.zip. Orders, cancellations and rates are real;
who brought whom is made up by the rule in README.md, from nothing but countries, customer numbers and
invoice numbers. OUT_DIR gets one file per half month (facts-2010-12a.ndjson …), all of them together as
all.ndjson, and what expect.py makes of them (expected.json). Exit 1 when the history is too tame to prove
anything.
"""
import csv
import hashlib
import io
import json
import sys
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from expect import LARGE_ORDER, WINDOW, decide_all, statistics, too_tame

HERE = Path(__file__).resolve().parent
# Within one instant; the others follow.
KINDS = ["rate", "partner", "link", "coupon", "click", "conversion", "refund"]
QUARTERS = ["2010Q4", "2011Q1", "2011Q2", "2011Q3", "2011Q4", "2012Q1"]
PLACES = ["newsletter", "blog", "social", "price-list"]
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@dataclass
class Partner:
    id: str
    type: str
    name: str
    country: str
    region: str
    joined: datetime
    left: datetime | None
    account: str | None
    plan: str | None
    payout: str | None

    @property
    def email(self):
        return self.id + "@partners.example"

    def code(self, quarter):
        return f"{self.id.removeprefix('tech.').upper()}-{quarter}"


@dataclass
class Order:
    """One line of the shop's file: a sale or a cancellation."""
    id: str
    invoice: str
    at: datetime
    customer: str | None
    country: str | None
    region: str
    amount: Decimal
    refunded: Decimal = field(default=Decimal(0))

    @property
    def number(self):
        """Guests have no customer number; their invoice number stands in for it."""
        return self.customer or self.invoice


def draw(salt, key, sides):
    """A number from 0 to sides - 1 that depends on nothing but its name."""
    return int.from_bytes(hashlib.sha256(f"{salt}:{key}".encode()).digest()[:8], "big") % sides


# Reading

def last_sunday(year, month):
    day = date(year, month, 31)
    return day - timedelta(days=(day.weekday() + 1) % 7)


def london_offset(day):
    """Summer time by the day; the shop never trades in the night the clocks change."""
    summer = last_sunday(day.year, 3) <= day < last_sunday(day.year, 10)
    return timedelta(hours=1 if summer else 0)


def read_table(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def read_orders(path):
    """Sales and cancellations in order of time, and how many lines were left out and why."""
    countries = {row["name"]: row for row in read_table(HERE / "countries.csv")}
    sales, cancellations, skipped, seen = [], [], Counter(), Counter()
    for row in read_table(path):
        invoice, quantity, price = row["InvoiceNo"], int(row["Quantity"]), Decimal(row["UnitPrice"])
        seen[invoice] += 1
        stem = invoice if seen[invoice] == 1 else f"{invoice}-{seen[invoice]}"
        local = datetime.strptime(row["InvoiceDate"], "%m/%d/%Y %H:%M")
        country = countries[row["Country"]]
        order = Order(
            id="inv-" + stem, invoice=invoice, at=local - london_offset(local.date()),
            customer=row["CustomerID"] if row["CustomerID"].isdigit() else None,
            country=country["code"] or None, region=country["region"],
            amount=(abs(quantity) * price).quantize(Decimal("0.01"), ROUND_HALF_EVEN))
        if invoice.startswith("A"):
            skipped["bad debt adjustment (A...)"] += 1
        elif order.amount <= 0 and quantity < 0:
            skipped["stock written off (no price, negative quantity)"] += 1
        elif order.amount <= 0:
            skipped["given away (no price)"] += 1
        elif invoice.startswith("C"):
            cancellations.append(order)
        else:
            sales.append(order)
    in_time = lambda order: (order.at, order.id)
    return sorted(sales, key=in_time), sorted(cancellations, key=in_time), skipped


def read_partners(path):
    noon = lambda text: datetime.fromisoformat(text) + timedelta(hours=12) if text else None
    rows = [{name: value or None for name, value in row.items()} for row in read_table(path)]
    return [Partner(**{**row, "joined": noon(row["joined"]), "left": noon(row["left"])}) for row in rows]


def rate_facts(path):
    """Pounds per euro, for each day the ECB published between the dates the year needs."""
    text = zipfile.ZipFile(path).read("eurofxref-hist.csv").decode()
    for row in csv.DictReader(io.StringIO(text)):
        if "2010-11-25" <= row["Date"] <= "2012-03-31" and row["GBP"] != "N/A":
            day = row["Date"]
            at = datetime.fromisoformat(day) + timedelta(hours=15)
            yield fact("rate", "ecb-" + day, at, date=day, base="EUR", quote="GBP", rate=row["GBP"])


# Facts

def fact(kind, id, at, **fields):
    return {"fact": kind, "id": id, "at": at, **{k: v for k, v in fields.items() if v is not None}}


def iban(country, n):
    """A well-formed account at a bank that does not exist."""
    if country == "BE":
        stem = f"999{n:07d}"
        bban = stem + f"{int(stem) % 97 or 97:02d}"
    elif country == "FR":
        bban = f"9999900000{n:011d}" + f"{97 - (89 * 99999 + 3 * n) % 97:02d}"
    elif country in ("GB", "IE"):
        bban = f"TEST000000{n:08d}"
    elif country == "NL":
        bban = f"TEST{n:010d}"
    elif country == "AT":
        bban = f"99999{n:011d}"
    else:
        country, bban = "DE", f"99999999{n:010d}"
    digits = lambda text: int("".join(str(int(c, 36)) for c in text))
    check = 98 - digits(bban + country + "00") % 97
    assert digits(f"{bban}{country}{check:02d}") % 97 == 1
    return f"{country}{check:02d}{bban}"


def partner_facts(partners):
    for n, p in enumerate(partners):
        method = {"kind": "sepa", "holder": p.name, "iban": iban(p.country, 1_000_000 + n * 7919)}
        yield fact("partner", p.id, p.joined, type=p.type, name=p.name, email=p.email, account=p.account,
                   country=p.country, currency="EUR", plan=p.plan, payout_method=method if p.payout else None)
        yield fact("link", "lnk-" + p.id, p.joined, partner=p.id, slug=p.id.replace(".", "-"),
                   destination="https://shop.example/?from=" + p.id)
        for quarter in QUARTERS:
            start = max(quarter_start(quarter), p.joined)
            if quarter_of(start) == quarter and (p.left is None or start < p.left):
                code = p.code(quarter)
                yield fact("coupon", "cpn-" + code.lower(), start, partner=p.id, code=code)
        if p.left:
            yield fact("departure", "dep-" + p.id, p.left, partner=p.id, reason="closed its site")


def quarter_start(quarter):
    return datetime(int(quarter[:4]), int(quarter[5]) * 3 - 2, 1)


def quarter_of(at):
    return f"{at.year}Q{(at.month + 2) // 3}"


def home_and_rival(order, regions):
    """Who looks after a customer, and who would like to: by country and customer number."""
    near = regions[order.region]
    home = draw("home", order.number, len(near))
    rival = (home + 1 + draw("rival", order.number, len(near) - 1)) % len(near)
    return near[home], near[rival]


def journey(order, home, rival):
    """What happened before (or just after) one order: facts of clicks, and fields of the conversion."""
    lot, clicks, fields = draw("lot", order.invoice, 100), [], {}
    days = timedelta(seconds=86_400 + draw("days", order.id, 19 * 86_400))
    longer = timedelta(seconds=draw("longer", order.id, 5 * 86_400))
    hours = timedelta(seconds=300 + draw("hours", order.id, 10 * 3_600))

    def click(partner, before, explicit=False, **more):
        at = order.at - before
        if at < partner.joined:
            return
        id = f"clk-{order.id[4:]}-{'abc'[len(clicks)]}"
        clicks.append(fact("click", id, at, link="lnk-" + partner.id, visitor="vis-" + order.number,
                           sub1=PLACES[draw("place", id, 4)], country=order.country, **more))
        if explicit:
            fields["click"] = id

    if lot < 12:
        click(home, days)
        click(rival, hours)
        fields["coupon"] = home.code(quarter_of(order.at))
    elif lot < 30:
        click(home, days)
        click(rival, hours)
    elif lot < 45:
        click(rival, days)
        click(home, hours)
    elif lot < 53:
        click(home, hours, explicit=True)
    elif lot < 56:
        fields["coupon"] = home.code(quarter_of(order.at))
    elif lot < 59:
        fields["coupon"] = home.code(QUARTERS[QUARTERS.index(quarter_of(order.at)) + 1])
    elif lot < 62:
        click(home, WINDOW + [timedelta(0), longer, -timedelta(seconds=1)][lot - 59])
    elif lot < 65:
        click(rival, hours, bot=True, user_agent=BOT)
    elif lot < 68:
        click(rival, hours, consent=False)
    elif lot < 71:
        click(rival, -timedelta(minutes=20), explicit=True)
    return clicks, fields


def sale_facts(sales, partners):
    regions = defaultdict(list)
    for p in partners:
        regions[p.region].append(p)
    for order in sales:
        home, rival = home_and_rival(order, regions)
        clicks, fields = journey(order, home, rival)
        yield from clicks
        if order.customer and int(order.customer) % 10 == 7:     # buys for the partner's own house
            fields["account" if home.account else "email"] = home.account or home.email
        yield fact("conversion", order.id, order.at, event="sale", amount=str(order.amount), currency="GBP",
                   customer=order.customer and "cus-" + order.customer, visitor="vis-" + order.number,
                   country=order.country, **fields)


def refund_facts(sales, cancellations):
    """A cancellation belongs to the customer's earlier order whose rest holds it and comes nearest to it."""
    bought = defaultdict(list)
    for order in sales:
        if order.customer:
            bought[order.customer].append(order)
    for back in cancellations:
        fits = [o for o in bought[back.customer] if o.at <= back.at and o.amount - o.refunded >= back.amount]
        of = "unmatched-" + back.invoice
        if fits:
            order = min(reversed(fits), key=lambda o: o.amount - o.refunded)  # of equals, the latest
            order.refunded += back.amount
            of = order.id
        yield fact("refund", "ref-" + back.id[4:], back.at, of=of, amount=str(back.amount), currency="GBP",
                   reason="cancelled: " + back.invoice)


def watch_facts(sales):
    """Large orders are held for three weeks; what came back whole by then is rejected."""
    for order in sales:
        if order.amount >= LARGE_ORDER:
            later = order.at + timedelta(days=21)
            soon = order.at + timedelta(hours=1)
            yield fact("hold", "hold-" + order.id, soon, of=order.id, reason="large order")
            if order.refunded == order.amount:
                yield fact("rejection", "reject-" + order.id, later, of=order.id, reason="came back whole")
            else:
                yield fact("release", "release-" + order.id, later, of=order.id, reason="delivered and paid")


def all_facts(data):
    sales, cancellations, skipped = read_orders(data / "OnlineRetail_subset.csv")
    partners = read_partners(HERE / "partners.csv")
    facts = [*rate_facts(data / "eurofxref-hist.zip"), *partner_facts(partners),
             *sale_facts(sales, partners), *refund_facts(sales, cancellations), *watch_facts(sales)]
    rank = {kind: n for n, kind in enumerate(KINDS)}
    facts.sort(key=lambda f: (f["at"], rank.get(f["fact"], len(KINDS)), f["id"].encode()))
    return facts, len(sales) + len(cancellations) + skipped.total(), skipped


# Writing

def write_facts(facts, out):
    files = defaultdict(list)
    for f in facts:
        local = f["at"] + london_offset(f["at"].date())
        half = max(local.strftime("%Y-%m") + ("a" if local.day < 16 else "b"), "2010-12a")
        files[half].append(json.dumps({**f, "at": f["at"].isoformat() + ".000Z"}, ensure_ascii=False))
    for half, lines in files.items():
        (out / f"facts-{half}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    everything = [line for half in sorted(files) for line in files[half]]
    (out / "all.ndjson").write_text("\n".join(everything) + "\n", encoding="utf-8")


def main(data, out):
    out.mkdir(parents=True, exist_ok=True)
    facts, rows, skipped = all_facts(data)
    decisions = decide_all(facts)
    counts = statistics(facts, decisions, rows, skipped)
    write_facts(facts, out)
    expected = {"counts": counts, "sources": {id: source for id, (source, _) in decisions.items()}}
    (out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(counts, indent=2), file=sys.stderr)
    missing = list(too_tame(counts))
    for sentence in missing:
        print("make_facts: " + sentence, file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make_facts.py DATA_DIR OUT_DIR")
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))

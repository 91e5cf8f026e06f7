#!/usr/bin/env python3
"""Recomputes a Tallystick export from its facts and names every difference.

    tallystick audit export --out DIR
    python3 examples/audit.py DIR          # exit 0: nothing differs, 1: something does

Facts, clicks and terms are believed. Decisions, lines, statements, journal, batches and balances are derived
from them here, by other code than the product's, and compared with what was exported. Two things are taken
from the record: the ids of what is derived, and which later facts made a conversion be decided again (its
`cause`); that nothing was left out is checked at the end, against everything known by then.
Standard library only. Amounts are whole minor units or exact fractions, instants are whole milliseconds.
"""
import datetime, hashlib, json, re, sys
from bisect import insort
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace as Record
from zoneinfo import ZoneInfo

DAY, EPOCH = 86_400_000, datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
EXPONENT = {**dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
            **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)}  # ISO 4217; all others have 2
ENTRY_KIND = {"conversion": "earned", "refund": "reversed", "chargeback": "reversed", "rejection": "reversed"}
ABOUT_A_CONVERSION = ("refund", "chargeback", "hold", "release", "rejection", "review")

class Refused(Exception):
    """Something this audit does not know and therefore will not judge."""

def refuse(why): raise Refused(why)

# ---- Numbers and time

def decimal(text):
    return Fraction(text) if re.fullmatch(r"-?\d+(\.\d+)?", str(text)) else refuse(f"not a number: {text!r}")

def minor(text, currency):
    value = decimal(text) * 10 ** EXPONENT.get(currency, 2)
    return value.numerator if value.denominator == 1 else refuse(f"too many decimals: {text} {currency}")

def money(amount, currency):
    places = EXPONENT.get(currency, 2)
    digits = str(abs(amount)).rjust(places + 1, "0")
    return ("-" if amount < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)

def rounded(value, rule):
    """To a whole minor unit, once. (round() of a Fraction is exact and half-even.)"""
    if rule == "half-even": return round(value)
    return int(value + Fraction(1, 2)) if rule == "half-up" and value >= 0 else refuse(f"rounding {rule!r}")

def pay_of(text, currency=""):
    """(1/5, "%") of "20%", (50, "USD") of "50.00 USD"."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(%|[A-Z]{3})?", str(text)) or refuse(f"not pay: {text!r}")
    return (decimal(found[1]) / 100, "%") if found[2] == "%" else (decimal(found[1]), found[2] or currency)

def duration(text):
    found = re.fullmatch(r"(\d+)([dh])", str(text)) or refuse(f"not a duration: {text!r}")
    return int(found[1]) * (DAY if found[2] == "d" else DAY // 24)

def instant(text):
    time = datetime.datetime.fromisoformat(text)
    return (time - EPOCH) // datetime.timedelta(milliseconds=1) if time.tzinfo else refuse(f"no zone: {text}")

def stamp(ms): return f"{EPOCH + datetime.timedelta(seconds=ms // 1000):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
def day_of(ms, zone): return (EPOCH + datetime.timedelta(milliseconds=ms)).astimezone(zone).date()
def midnight(day, zone): return instant(datetime.datetime.combine(day, datetime.time(), zone).isoformat())
def days(n): return datetime.timedelta(days=n)
def many(value): return value if isinstance(value, list) else [value]
def folded(value): return str(value).strip().lower()
def text_of(value): return json.dumps(value) if isinstance(value, bool) else str(value)

# ---- The program file: the subset of YAML it is written in; every scalar stays a string

QUOTED = r'''"(?:[^"\\]|\\.)*"|'(?:[^']|'')*\''''
COMMENT = re.compile(rf"({QUOTED})|(?:^|(?<=\s))#.*")
KEY = re.compile(rf"({QUOTED}|[\w.][\w. /+-]*):(?:\s+(.*))?$")
FLOW = re.compile(rf"({QUOTED})|([\[\]{{}},]|:(?=\s))|(?:[^\[\]{{}},:\"']|:(?=\S)|(?<=\w)')+")

def scalar(text):
    if text[:1] == '"': return json.loads(text)
    if text[:1] == "'": return text[1:-1].replace("''", "'")
    if text.startswith(tuple("&*!|>%@`?,]}")) or text == "-" or re.search(r":\s|:$|\s#", text):
        raise Refused(f"YAML not known here: {text}")
    return None if text in ("", "~", "null") else text

def once(pairs): return dict(pairs) if len(dict(pairs)) == len(pairs) else refuse(f"YAML: a key twice in {pairs}")

def flow(text):
    """A scalar, or a list or map in brackets (made JSON, token by token)."""
    if text[0] not in "[{": return scalar(text)
    token = lambda m: m[0] if m[2] or not m[0].strip() else json.dumps(scalar(m[0].strip()))
    return json.loads(FLOW.sub(token, text), object_pairs_hook=once)

def node(lines):
    """The value that begins on the first of these (indent, text) lines; takes its lines away."""
    indent, text = lines[0]
    if text.startswith("- "):
        items = []
        while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
            rest = lines[0][1][2:].strip()
            lines[0] = (indent + len(lines[0][1]) - len(rest), rest)
            items.append(node(lines))
        return items
    if not KEY.match(text): return flow(lines.pop(0)[1])
    pairs = []
    while lines and lines[0][0] == indent and (pair := KEY.match(lines[0][1])):
        lines.pop(0)
        nested = lines and (lines[0][0] > indent or lines[0][0] == indent and lines[0][1].startswith("- "))
        pairs.append((scalar(pair[1]), flow(pair[2]) if pair[2] else node(lines) if nested else None))
    return once(pairs)

def yaml(text):
    lines, brackets = [], lambda s: sum((c in "[{") - (c in "]}") for c in re.sub(QUOTED, "", s))
    for line in (COMMENT.sub(lambda m: m[1] or "", line).rstrip() for line in text.splitlines()):
        if "\t" in line or line in ("---", "..."): raise Refused(f"YAML not known here: {line!r}")
        if lines and brackets(lines[-1][1]) > 0: lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}")
        elif line: lines.append((len(line) - len(line.lstrip()), line.strip()))
    try: found = node(lines)
    except (ValueError, IndexError) as wrong: raise Refused(f"YAML not known here: {wrong}")
    return found if not lines else refuse(f"YAML: wrongly indented: {lines[0][1]}")

# ---- Terms

def known(found, names, where):
    unknown = set(found or {}) - set(names.split())
    return found or {} if not unknown else refuse(f"{where}: unknown to this audit: {', '.join(sorted(unknown))}")

class Terms:
    """One version of the program file, with its defaults."""
    def __init__(self, row):
        doc, self.version = yaml(row["yaml"]), row["version"]
        self.effective = row["effective_at"] and instant(row["effective_at"])
        attribution = known(doc.get("attribution"), "order click lead coupon hold", "attribution")
        click = known(attribution.get("click"), "window model", "attribution.click")
        self.order = attribution.get("order") or "override registration customer lead coupon click".split()
        self.window, self.model = duration(click.get("window", "30d")), click.get("model", "last")
        if self.model not in ("first", "last"): raise Refused(f"model {self.model}")
        self.coupon_requires_click = (attribution.get("coupon") or {}).get("requires-click") == "true"
        self.hold, self.rounding = duration(attribution.get("hold", "30d")), doc.get("rounding", "half-even")
        self.currency, self.zone = doc["currency"], ZoneInfo(doc.get("timezone", "UTC"))
        self.partners, self.plans = doc["partners"], doc["plans"]
        pays = known(doc.get("payouts"), "schedule net-days threshold rate clawback approval from", "payouts")
        self.schedule, self.net_days = pays.get("schedule", "monthly"), int(pays.get("net-days", 15))
        self.threshold = {c: minor(amount, c) for c, amount in (pays.get("threshold") or {}).items()}
        rate = known(pays.get("rate"), "source fixed spread", "payouts.rate")
        if rate.get("fixed", "statement") != "statement": raise Refused("payouts.rate.fixed")
        self.spread = pay_of(rate.get("spread", "0%"))[0]
        self.offset = pay_of((pays.get("clawback") or {}).get("offset", "100%"))[0]
        self.approval = known(pays.get("approval"), "people above then", "payouts.approval")
        for rule in (rule for plan in self.plans.values() for rule in plan or []):
            known(rule, "rule on when base pay also hold refund", "a rule of plans")
            if rule.get("refund", "proportional") != "proportional": raise Refused("refund other than proportional")

    def boundaries(self, last, until):
        """The local midnights after a period's end, last < B <= until."""
        day, ends = day_of(last, self.zone), {"monthly": (1,), "weekly": ()}.get(self.schedule, (1, 16))
        while (at := midnight(day, self.zone)) <= until:
            if at > last and (day.day in ends or not ends and day.weekday() == 0): yield at
            day += days(1)

# ---- What is compared

class Report:
    def __init__(self): self.checked, self.differences, self.first = defaultdict(int), defaultdict(int), []

    def differs(self, name, sentence):
        self.differences[name] += 1
        self.first += [f"{name}: {sentence}"] if len(self.first) < 25 else []

    def same(self, name, where, expected, row):
        """Every field of `expected` stands so in the exported row."""
        self.checked[name] += 1
        for field, want in expected.items():
            if not agrees(want, row.get(field), field):
                self.differs(name, f"{where}: {field} is {json.dumps(row.get(field))}, must be {json.dumps(want)}")

class Table:
    """An exported file; each of its rows must be asked for once by what is recomputed."""
    def __init__(self, report, name, rows, key):
        self.report, self.name, self.rows = report, name, defaultdict(list)
        for row in rows: self.rows[key(row)].append(row)

    def match(self, key, expected):
        row = self.rows[key].pop(0) if self.rows[key] else {}
        if row: self.report.same(self.name, " ".join(map(str, key)), expected, row)
        else: self.report.differs(self.name, f"{' '.join(map(str, key))} is missing; it is {json.dumps(expected)}")
        return row

    def close(self):
        for row in (row for rows in self.rows.values() for row in rows):
            self.report.differs(self.name, f"this does not follow from the facts: {json.dumps(row)}")

def agrees(want, found, field=""):
    """Equal; of maps only what is wanted, lists of ids in any order, rates as numbers ("20%" is "20.0%")."""
    if isinstance(want, dict):
        return isinstance(found, dict) and all(agrees(v, found.get(k), k) for k, v in want.items())
    if isinstance(want, list) and isinstance(found, list) and len(want) == len(found):
        if all(isinstance(v, str) for v in want + found): return sorted(want) == sorted(found)
        return all(map(agrees, want, found))
    return pay_of(want) == pay_of(found) if field in ("rate", "rate_from", "rate_to") and found else want == found

def check_chain(journal, report):
    """The journal by itself: numbers, hashes, zero sums, and no partner account below nothing."""
    previous, balance = "0" * 64, defaultdict(int)
    for n, row in enumerate(journal, 1):
        body = json.dumps({k: v for k, v in row.items() if k != "hash"}, sort_keys=True, ensure_ascii=False,
                          separators=(",", ":"))  # RFC 8785: all keys here are ASCII, all numbers whole
        want = {"sequence": n, "previous": previous, "hash": hashlib.sha256(body.encode()).hexdigest()}
        report.same("chain", row["entry"], want, row)
        previous, sums = row["hash"], defaultdict(int)
        for p in row["postings"]:
            amount, at = minor(p["amount"], p["currency"]), (p["account"], p["currency"])
            sums[p["currency"]] += amount
            balance[at] += amount
            if balance[at] > 0 and re.search(r"^Liabilities:Partners:.*:(Pending|Approved|Payable)$", p["account"]):
                report.differs("chain", f"{row['entry']}: {p['account']} falls below zero in {p['currency']}")
        if any(sums.values()): report.differs("chain", f"{row['entry']} does not balance: {dict(sums)}")

# ---- The replay

def segment(partner):
    return "P-" + re.sub(r"[^A-Za-z0-9-]", lambda m: "".join(f"-{b:02x}" for b in m[0].encode()), partner)

def account(partner, name): return f"Liabilities:Partners:{segment(partner)}:{name}"
def clawback(partner): return f"Assets:ClawbackReceivable:{segment(partner)}"
def cause_of(fact): return f"{fact['fact']}:{fact['id']}"
def named(fact, *fields):
    """The id a fact names (`id` or `kind:id`), under the first of these fields it has."""
    return re.sub(r"^(conversion|batch|item):", "", next((fact[f] for f in fields if fact.get(f)), ""))

class Replay:
    def __init__(self, files, report):
        self.report, self.terms, self.published = report, [Terms(row) for row in files["terms"]], []
        self.partners, self.departures, self.links, self.coupons = {}, defaultdict(list), {}, []
        self.conversions, self.people, self.rates = {}, defaultdict(list), defaultdict(lambda: {"EUR": "1"})
        self.lots, self.open_lots, self.settled, self.last_entry = {}, defaultdict(list), {}, 0
        self.balance, self.paid, self.statements, self.batches, self.items = defaultdict(int), defaultdict(int), [], {}, {}
        self.clicks = {row["id"]: {**row, "at": instant(row["at"])} for row in files["clicks"]}
        self.visits, self.by_cause, self.newest = defaultdict(list), defaultdict(list), {}
        for click in self.clicks.values(): self.visits[click.get("visitor")].append(click)
        for row in files["decisions"]:
            self.by_cause[row["cause"]].append(row)
            self.newest[row["fact"]] = row["decision"]
        self.batch_rows = {row["batch"]: row for row in files["batches"]}
        self.tables = {name: Table(report, name, files[name], key) for name, key in {
            "decisions": lambda r: (r["cause"], r["fact"]),
            "lines": lambda r: (f"{r['fact_kind']}:{r['fact']}", r["conversion"], r["partner"], r["rule"]),
            "journal": lambda r: (r["cause"], r["kind"]),
            "statements": lambda r: (r["partner"], r["currency"], r["date"]),
            "batches": lambda r: (r["batch"],),
            "balances": lambda r: (r.get("partner") or r["account"], r["currency"])}.items()}

    def run(self, facts):
        parked = []
        for n, fact in enumerate(facts, 1):
            self.report.same("facts", cause_of(fact), {"sequence": n}, fact)
            parked.append(fact)
            while ready := next((f for f in parked if not self.waits(f)), None):
                parked.remove(ready)
                self.take(ready)

    def waits(self, fact):
        """Names something nobody has seen yet."""
        if fact["fact"] in ("link", "coupon", "departure"): return fact["partner"] not in self.partners
        return fact["fact"] in ABOUT_A_CONVERSION and named(fact, "of") not in self.conversions

    def take(self, fact):
        kind, at = fact["fact"], instant(fact["at"])
        if kind == "terms": self.published.append(self.terms[len(self.published)])
        elif kind == "partner": self.partners[fact["id"]] = {**fact, "at": at}
        elif kind == "departure": self.departures[fact["partner"]].append(at)
        elif kind == "link": self.links[fact["id"]] = fact["partner"]
        elif kind == "coupon": self.coupons.append({**fact, "at": at})
        elif kind == "rate" and fact["base"] == "EUR":
            self.rates[datetime.date.fromisoformat(fact["date"])][fact["quote"]] = fact["rate"]
        elif kind == "conversion": self.convert(fact, at)
        elif kind in ABOUT_A_CONVERSION: self.amend(fact, self.conversions[named(fact, "of")])
        elif kind == "settlement": self.settle(fact, instant(fact["as_of"]))
        elif kind == "batch": self.open_batch(fact, instant(fact.get("as_of") or fact["at"]))
        elif kind == "batch_approval": self.approve_batch(fact, self.batches[named(fact, "of", "batch")])
        elif kind == "payout_result": self.answer(fact)
        elif kind != "batch_export": self.report.differs("facts", f"{cause_of(fact)} is unknown to this audit")
        if kind in ("conversion", "review") or self.by_cause[cause_of(fact)]: self.judge(fact)

    def in_force(self, at):
        versions = [terms for terms in self.published if terms.effective is None or terms.effective <= at]
        return versions[-1] if versions else refuse("no terms were published yet")

    def convert(self, fact, at):
        c = Record(**{"customer": None, "email_hash": None, "visitor": None, **fact, "at": at}, fields=fact)
        c.paid, c.refunded, c.rejected, c.held = minor(c.amount, c.currency), 0, False, False
        c.terms, c.winner, c.claims, c.decision, c.posted, c.rules = self.in_force(at), None, [], None, {}, {}
        identities = [(k, getattr(c, k)) for k in ("customer", "email_hash", "visitor") if getattr(c, k)]
        c.who = identities[0] if identities else None
        self.conversions[c.id] = c
        if c.who: insort(self.people[c.who], c, key=lambda c: (c.at, c.id))

    def amend(self, fact, c):
        kind = fact["fact"]
        if kind in ("hold", "release"): c.held = kind == "hold"
        if kind == "rejection": c.rejected = True
        if kind in ("refund", "chargeback"):
            back = minor(fact["amount"], c.currency) if fact.get("amount") is not None else c.paid
            c.refunded = min(c.paid, c.refunded + back)
        if kind in ENTRY_KIND: self.book(fact, self.earn(fact, c))

    # -- whose conversion it is

    def active(self, partner, at):
        person = self.partners.get(partner)
        return person and person["at"] <= at and not any(left <= at for left in self.departures[partner])

    def themselves(self, c, partner):
        """The partner's own purchase, by account or e-mail."""
        theirs, ours = self.partners.get(partner, {}), c.fields.get("account")
        return bool(ours and theirs.get("account") and folded(ours) == folded(theirs["account"])
                    or c.email_hash and c.email_hash == theirs.get("email_hash"))

    def bound_to(self, c):
        """The conversion that bound this customer, as the walk in (at, id) order has it just before c."""
        bound = None
        for x in self.people[c.who] if c.who and c.who[0] != "visitor" else []:
            if x is c: break
            if bound and not self.active(bound.winner["partner"], x.at): bound = None
            bound = bound or (x if x.winner else None)
        return bound

    def clicks_for(self, c, listed):
        """The visitor's 50 newest of the window and a week, and the click it names; first to last."""
        order, seen = lambda k: (k["at"], k["id"]), lambda k: listed is None or k["id"] in listed
        visits = self.visits[c.visitor] if c.visitor else []
        near = [k for k in visits if c.at - c.terms.window - 7 * DAY <= k["at"] <= c.at and seen(k)]
        near, named_one = sorted(near, key=order)[-50:], self.clicks.get(c.fields.get("click"))
        return sorted(near + [named_one] if named_one and seen(named_one) and named_one not in near else near,
                      key=order)

    def decide(self, c, listed=None):
        """All claims with their outcomes, best first. `listed`: only these clicks are evidence."""
        terms, claims, code = c.terms, [], folded(c.fields.get("coupon") or "")
        def claim(of, id, partner, at, *gates):
            reason = next((gate for gate, fails in gates if fails), None)
            claims.append({"claim": id, "class": of, "partner": partner, "at": stamp(at), "reason": reason,
                           "outcome": "dropped" if reason else "lost"})
        for k in self.clicks_for(c, listed)[::-1 if terms.model == "last" else 1]:
            claim("click", k["id"], k["partner"], k["at"], ("after_conversion", k["at"] > c.at),
                  ("window_elapsed", c.at >= k["at"] + terms.window), ("bot", k.get("bot")),
                  ("consent_denied", k.get("consent") is False and k["id"] != c.fields.get("click")),
                  ("partner_not_active", not all(self.active(k["partner"], t) for t in (k["at"], c.at))),
                  ("self_referral", self.themselves(c, k["partner"])))
        clicked = {k["partner"] for k in claims if not k["reason"] and "click" in terms.order}
        for k in sorted((k for k in self.coupons if code and folded(k["code"]) == code),
                        key=lambda k: (int(k.get("priority") or 100), folded(k["code"]), k["id"])):
            claim("coupon", k["id"], k["partner"], k["at"], ("coupon_not_yet_valid", k["at"] > c.at),
                  ("partner_not_active", not self.active(k["partner"], c.at)),
                  ("self_referral", self.themselves(c, k["partner"])),
                  ("requires_click", terms.coupon_requires_click and k["partner"] not in clicked))
        if bound := self.bound_to(c):
            partner = bound.winner["partner"]
            claim("customer", bound.id, partner, bound.at, ("partner_not_active", not self.active(partner, c.at)),
                  ("self_referral", self.themselves(c, partner)))
        claims = [k for k in claims if k["class"] in terms.order]
        claims.sort(key=lambda k: (k["outcome"] == "dropped", terms.order.index(k["class"])))  # stays best first
        for k in claims[1:]:
            same = k["class"] == claims[0]["class"] == "click"
            older = "earlier_click" if terms.model == "last" else "later_click"
            k["reason"] = k["reason"] or (older if same else "lower_class")
        if claims and not claims[0]["reason"]: claims[0]["outcome"] = "won"
        return claims

    def judge(self, fact):
        """Decides the fact's own conversion and those the record says it moved; books the difference."""
        rows, lines = self.by_cause[cause_of(fact)], []
        own = {"conversion": [fact["id"]], "review": [named(fact, "of")]}.get(fact["fact"], [])
        for id in own + [row["fact"] for row in rows if row["fact"] not in own]:
            c, row = self.conversions.get(id), next((row for row in rows if row["fact"] == id), None)
            if c is None: continue  # named at the end: it does not follow from the facts
            superseded = row and row["decision"] != self.newest[id]
            c.claims = self.decide(c, {k["claim"] for k in row["claims"]} if superseded else None)
            c.winner = c.claims[0] if c.claims and c.claims[0]["outcome"] == "won" else None
            source = c.winner["partner"] if c.winner else "direct"
            c.decision = self.tables["decisions"].match((cause_of(fact), id), {
                "fact_kind": "conversion", "sequence": fact["sequence"], "at": stamp(instant(fact["at"])),
                "terms": c.terms.version, "model": c.terms.model, "source": source, "claims": c.claims,
                "slots": [{"slot": "source", "partner": source, "share": "1"}] if c.winner else [],
                "previous": c.decision}).get("decision", c.decision)
            lines += self.earn(fact, c)
        self.book(fact, lines)

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
import hashlib, json, re, sys
from bisect import insort
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

DAY, EPOCH = 86_400_000, datetime(1970, 1, 1, tzinfo=timezone.utc)
EXPONENT = {**dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
            **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)}  # ISO 4217; all others have 2
RAILS = {"sepa": "EUR", "ach": "USD", "paypal": None, "wise": None, "manual": None}  # what they carry: None is all
PERIOD_BEGINS = {"monthly": lambda day: day.day == 1, "weekly": lambda day: day.weekday() == 0,
                 "twice-monthly": lambda day: day.day in (1, 16)}
TAKES_BACK = ("refund", "chargeback", "rejection")
DEFAULTS = {  # every key that this audit knows of a program file; an empty map takes any key
    "program": "", "name": "", "currency": "", "timezone": "UTC", "destinations": [], "rounding": "half-even",
    "attribution": {"order": ["override", "registration", "customer", "lead", "coupon", "click"],
                    "click": {"window": "30d", "model": "last"}, "lead": {"window": "180d"},
                    "coupon": {"requires-click": "false"}, "hold": "30d"},
    "partners": {}, "plans": {},
    "payouts": {"schedule": "monthly", "net-days": "15", "threshold": {}, "from": {},
                "rate": {"source": "ecb", "fixed": "statement", "spread": "0%"},
                "clawback": {"offset": "100%", "write-off-after": ""},
                "approval": {"people": "1", "above": "", "then": "1"}}}

class Refused(Exception):
    """Something this audit does not know and therefore will not judge."""

class Row(dict):
    """A map whose fields read as attributes; one that is not there is None."""
    __getattr__, __setattr__ = dict.get, dict.__setitem__
    __hash__, __eq__ = object.__hash__, dict.__eq__

# ---- Numbers and time

def minor(text, currency):
    value = Fraction(text) * 10 ** EXPONENT.get(currency, 2)
    if value.denominator > 1: raise Refused(f"too many decimals: {text} {currency}")
    return value.numerator

def money(amount, currency):
    places, digits = EXPONENT.get(currency, 2), str(abs(amount))
    digits = digits.rjust(places + 1, "0")
    return ("-" if amount < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)

def priced(text, currency):
    """(750, "GBP") of "7.50 GBP"; without a currency it is in the program's."""
    amount, _, unit = text.partition(" ")
    return minor(amount, unit or currency), unit or currency

def percent(text): return Fraction(text.removesuffix("%")) / 100
def plain(text): return text.rstrip("0").rstrip(".") if "." in text else text

def rounded(value, rule):
    """To a whole minor unit, once. (round() of a Fraction is exact and half-even.)"""
    return round(value) if rule == "half-even" else (1 if value >= 0 else -1) * int(abs(value) + Fraction(1, 2))

def exchanged(amount, source, to, factor, rule):
    scale = Fraction(10) ** (EXPONENT.get(to, 2) - EXPONENT.get(source, 2))
    return rounded(amount * factor * scale, rule)

def span(text): return int(text[:-1]) * {"d": DAY, "h": DAY // 24}[text[-1]]
def instant(text): return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)
def stamp(ms): return f"{EPOCH + timedelta(seconds=ms // 1000):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
def day_of(ms, zone): return (EPOCH + timedelta(milliseconds=ms)).astimezone(zone).date()
def midnight(day, zone): return instant(datetime.combine(day, time(), zone).isoformat())
def many(value): return value if isinstance(value, list) else [value]
def folded(value): return str(value or "").strip().lower()

# ---- The program file: the subset of YAML it is written in; every scalar stays a string

QUOTED = r'''"(?:[^"\\]|\\.)*"|'(?:[^']|'')*\''''
COMMENT = re.compile(rf"({QUOTED})|(?:^|(?<=\s))#.*")
KEY = re.compile(rf"({QUOTED}|[\w.][\w. /+-]*):(?:\s+(.*))?$")
FLOW = re.compile(rf"({QUOTED})|([\[\]{{}},]|:(?=\s))|(?:[^\[\]{{}},:\"']|:(?=\S)|(?<=\w)')+")

def scalar(text):
    if text[:1] == '"': return json.loads(text)
    if text[:1] == "'": return text[1:-1].replace("''", "'")
    if text.startswith(tuple("&*!|>%@`")): raise Refused(f"YAML not known here: {text}")
    return None if text in ("", "~", "null") else text

def flow(text):
    """A scalar, or a list or map in brackets (made JSON, token by token)."""
    token = lambda m: m[0] if m[2] or not m[0].strip() else json.dumps(scalar(m[0].strip()))
    return json.loads(FLOW.sub(token, text), object_hook=Row) if text[0] in "[{" else scalar(text)

def node(lines):
    """The value that begins on the first of these (indent, text) lines; takes its lines away."""
    (indent, text), found = lines[0], Row()
    here = lambda dash: lines and lines[0][0] == indent and lines[0][1].startswith("- ") == dash
    if not here(True) and not KEY.match(text): return flow(lines.pop(0)[1])
    if here(True):
        found = []
        while here(True):
            rest = lines[0][1][2:].strip()
            lines[0] = (indent + len(lines[0][1]) - len(rest), rest)
            found.append(node(lines))
    while here(False) and (pair := KEY.match(lines[0][1])):
        lines.pop(0)
        nested = here(True) or lines and lines[0][0] > indent
        found[scalar(pair[1])] = flow(pair[2]) if pair[2] else node(lines) if nested else None
    return found

def yaml(text):
    lines, depth = [], lambda line: sum((c in "[{") - (c in "]}") for c in re.sub(QUOTED, "", line))
    for line in (COMMENT.sub(lambda m: m[1] or "", line).rstrip() for line in text.splitlines()):
        if lines and depth(lines[-1][1]) > 0: lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}")
        elif line: lines.append((len(line) - len(line.lstrip()), line.strip()))
    found = node(lines)
    if lines: raise Refused(f"YAML not known here: {lines[0][1]}")
    return found

def known(given, defaults, path=""):
    """What a program file says, with the defaults for the rest; nothing that is unknown here."""
    if extra := given.keys() - defaults.keys(): raise Refused(f"program file: {path}{extra} is unknown to this audit")
    inner = lambda key, default: isinstance(default, dict) and default and isinstance(given.get(key), (dict, type(None)))
    return Row({key: known(given.get(key) or {}, default, f"{path}{key}.") if inner(key, default)
                else given.get(key, default) for key, default in defaults.items()})

def terms_of(fact):
    terms = known(yaml(fact.yaml), DEFAULTS)
    for rule in (rule for plan in terms.plans.values() for rule in plan):
        known(rule, dict.fromkeys("rule on when base pay also hold refund".split()))
        known(rule.base or {}, {"without": []})
    return Row(terms, version=fact.version, effective=fact.effective_at and instant(fact.effective_at),
               zone=ZoneInfo(terms.timezone), window=span(terms.attribution.click.window),
               last=terms.attribution.click.model == "last", order=terms.attribution.order)

# ---- What is compared

KEYS = {"terms": lambda r: (r.version,), "decisions": lambda r: (r.cause, r.fact),
        "journal": lambda r: (r.cause, r.kind), "batches": lambda r: (r.batch,),
        "lines": lambda r: (f"{r.fact_kind}:{r.fact}", r.conversion, r.partner, r.rule),
        "statements": lambda r: (r.partner, r.currency, r.date),
        "balances": lambda r: (r.partner or r.account, r.currency)}

class Comparison:
    """The exported rows, each to be asked for once by what is recomputed, and what differs."""
    def __init__(self, folder):
        self.checked, self.differences, self.first, self.rows = Counter(), Counter(), [], defaultdict(list)
        self.files = {}
        for name in ("facts", "clicks", *KEYS):
            text = Path(folder, f"{name}.ndjson").read_text(encoding="utf-8")
            rows = [json.loads(line, object_hook=Row, parse_float=str) for line in text.split("\n") if line]
            self.files[name] = rows
            for row in rows if name in KEYS else []: self.rows[name, *KEYS[name](row)].append(row)

    def differs(self, name, sentence):
        self.differences[name] += 1
        if len(self.first) < 25: self.first.append(f"{name}: {sentence}"[:600])

    def same(self, name, where, row, **wanted):
        """Every field that is wanted stands so in the exported row."""
        self.checked[name] += 1
        for field, want in wanted.items():
            if row.get(field) != want:
                self.differs(name, f"{where}: {field} is {json.dumps(row.get(field))}, recomputed {json.dumps(want)}")

    def match(self, name, *key, **wanted):
        where, rows = " ".join(map(str, key)), self.rows[name, *key]
        if rows: self.same(name, where, rows[0], **wanted)
        else: self.differs(name, f"{where} is missing; recomputed {json.dumps(wanted)}")
        return rows.pop(0) if rows else Row()

    def leftovers(self):
        for (name, *_), rows in self.rows.items():
            for row in rows: self.differs(name, f"this does not follow from the facts: {json.dumps(row)}")

    def chain(self):
        """The journal by itself: numbers, hashes, zero sums, and no partner's account below nothing."""
        previous, balance = "0" * 64, Counter()
        for n, row in enumerate(self.files["journal"], 1):
            body = {key: value for key, value in row.items() if key != "hash"}
            text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()  # RFC 8785: all keys are ASCII, all numbers whole
            self.same("chain", row.entry, row, sequence=n, previous=previous, hash=digest)
            previous, sums = row.hash, Counter()
            for p in row.postings:
                sums[p.currency] += (amount := minor(p.amount, p.currency))
                balance[p.account, p.currency] += amount
                if balance[p.account, p.currency] > 0 and p.account.startswith("Liabilities:Partners:"):
                    self.differs("chain", f"{row.entry}: {p.account} falls below zero in {p.currency}")
            if any(sums.values()): self.differs("chain", f"{row.entry} does not balance: {dict(sums)}")

# ---- The replay

def account(partner, name):
    segment = re.sub(r"[^A-Za-z0-9-]", lambda m: "".join(f"-{b:02x}" for b in m[0].encode()), partner)
    return f"Assets:{name}:P-{segment}" if name == CLAWBACK else f"Liabilities:Partners:P-{segment}:{name}"

CLAWBACK = "ClawbackReceivable"
def cause_of(fact): return f"{fact.fact}:{fact.id}"

class Replay(Comparison):
    """Takes the facts in their sequence and derives everything else, as the program says."""
    def __init__(self, folder):
        super().__init__(folder)
        self.terms, self.partners, self.departures, self.links, self.coupons = [], {}, {}, {}, {}
        self.conversions, self.people, self.rates = {}, defaultdict(list), defaultdict(lambda: {"EUR": "1"})
        self.lots, self.unstated, self.settled, self.owed = defaultdict(list), defaultdict(list), {}, defaultdict(list)
        self.statements, self.batches, self.balance, self.paid, self.numbers = [], {}, Counter(), Counter(), Counter()
        self.clicks, self.visits = {click.id: click for click in self.files["clicks"]}, defaultdict(list)
        self.decided, self.newest, self.last_entry = defaultdict(list), {}, 0
        for row in self.files["facts"] + self.files["clicks"]: row.t = instant(row.at)
        for click in sorted(self.files["clicks"], key=lambda k: (k.t, k.id)): self.visits[click.visitor].append(click)
        for row in self.files["decisions"]:
            self.decided[row.cause].append(row)
            self.newest[row.fact] = row.decision
        for row in self.files["statements"]: row.lines.sort()

    def run(self):
        self.chain()
        for n, fact in enumerate(self.files["facts"], 1):
            self.same("facts", cause_of(fact), fact, sequence=n)
            try: self.take(fact)
            except KeyError as what: self.differs("facts", f"{cause_of(fact)} names {what}, which is nowhere before it")
        for c in self.conversions.values(): self.complete(c)
        self.close()
        self.leftovers()

    def take(self, fact):
        kind, c = fact.fact, self.conversions.get(fact.of)
        if kind == "terms": self.publish(fact)
        elif kind == "partner": self.partners[fact.id] = fact
        elif kind == "departure": self.departures[fact.partner] = min(fact.t, self.departures.get(fact.partner, fact.t))
        elif kind == "link": self.links[fact.id] = fact.partner
        elif kind == "coupon": self.coupons[folded(fact.code)] = fact
        elif kind == "rate": self.rates[date.fromisoformat(fact.date)][fact.quote] = fact.rate
        elif kind == "conversion": self.convert(fact)
        elif kind in ("hold", "release"): self.conversions[fact.of].held = kind == "hold"
        elif kind in TAKES_BACK: self.take_back(fact, self.conversions[fact.of])
        elif kind == "settlement": self.settle(fact, fact.partner, self.in_force(fact.t))
        elif kind == "batch": self.open_batch(fact, self.in_force(fact.t))
        elif kind == "batch_approval": self.approve_batch(fact, self.batches[fact.of])
        elif kind == "payout_result": self.answer(fact, self.batches[fact.of])
        elif kind != "review": raise Refused(f"{cause_of(fact)}: a kind unknown to this audit")
        own = {"conversion": fact.id, "review": fact.of}.get(kind)
        for id in ([own] if own else []) + [r.fact for r in self.decided[cause_of(fact)] if r.fact != own]:
            self.judge(fact, self.conversions[id], "earned" if kind == "conversion" and id == own else "adjusted")

    def publish(self, fact):
        self.terms.append(terms_of(fact))
        self.match("terms", fact.version, yaml=fact.yaml, hash=hashlib.sha256(fact.yaml.encode()).hexdigest(),
                   effective_at=fact.effective_at)

    def in_force(self, at):
        return [terms for terms in self.terms if terms.effective is None or terms.effective <= at][-1]

    def convert(self, fact):
        who = next(((k, fact[k]) for k in ("customer", "email_hash", "visitor") if fact.get(k)), None)
        c = self.conversions[fact.id] = Row(fact, total=minor(fact.amount, fact.currency), refunded=0, who=who,
                                            terms=self.in_force(fact.t))
        insort(self.people[who], c, key=lambda c: (c.t, c.id))

    # -- whose conversion it is

    def active(self, partner, *times):
        since, until = self.partners[partner].t, self.departures.get(partner)
        return all(since <= at and (until is None or at < until) for at in times)

    def gate(self, c, partner, *times):
        """What every claim must pass: a partner who is there, and not a purchase of its own."""
        theirs = self.partners[partner]
        if not self.active(partner, *times): return "partner_not_active"
        own = c.account and folded(c.account) == folded(theirs.account) or c.email_hash == (theirs.email_hash or "")
        return "self_referral" if own else None

    def bound_to(self, c):
        """The conversion that bound this customer, as the walk in (at, id) order has it just before c."""
        bound = None
        for x in self.people[c.who] if c.customer or c.email_hash else []:
            if x is c: break
            if bound and not self.active(bound.winner.partner, x.t): bound = None
            bound = bound or (x if x.winner else None)
        return bound

    def clicks_of(self, c, listed):
        """The visitor's 50 newest of the window and a week before it, and the one it names; best first."""
        known = lambda k: (listed is None or k.id in listed) and (k.partner or k.link in self.links)
        near = [k for k in self.visits[c.visitor] if c.t - c.terms.window - 7 * DAY <= k.t <= c.t and known(k)]
        near, named = near[-50:] if c.visitor else [], self.clicks.get(c.click)
        if named and known(named) and named not in near: near.append(named)
        return sorted(near, key=lambda k: (k.t, k.id), reverse=c.terms.last)

    def decide(self, c, listed=None):
        """All claims with their outcomes, best first. `listed`: only these clicks are evidence."""
        terms, claims = c.terms, []
        def claim(kind, id, partner, at, reason):
            claims.append(Row({"claim": id, "class": kind, "partner": partner, "at": stamp(at),
                               "outcome": "dropped" if reason else "lost", "reason": reason}))
        for k in self.clicks_of(c, listed):
            partner = k.partner or self.links[k.link]
            claim("click", k.id, partner, k.t, "after_conversion" if k.t > c.t
                  else "window_elapsed" if c.t >= k.t + terms.window else "bot" if k.bot
                  else "consent_denied" if k.consent is False and k.id != c.click
                  else self.gate(c, partner, k.t, c.t))
        if c.coupon and (k := self.coupons.get(folded(c.coupon))):
            needs = terms.attribution.coupon["requires-click"] == "true" and not any(
                k.partner == other.partner and not other.reason for other in claims if "click" in terms.order)
            claim("coupon", k.id, k.partner, k.t, "coupon_not_yet_valid" if k.t > c.t
                  else self.gate(c, k.partner, c.t) or ("requires_click" if needs else None))
        if bound := self.bound_to(c):
            claim("customer", bound.id, bound.winner.partner, bound.t, self.gate(c, bound.winner.partner, c.t))
        claims = [k for k in claims if k["class"] in terms.order]
        claims.sort(key=lambda k: (k.outcome == "dropped", terms.order.index(k["class"])))  # stable
        for k in claims[1:]:
            within = "earlier_click" if terms.last else "later_click"
            k.reason = k.reason or (within if k["class"] == claims[0]["class"] else "lower_class")
        if claims and not claims[0].reason: claims[0].outcome = "won"
        return claims

    def judge(self, fact, c, kind):
        """Decides a conversion, at first or again, and books the difference."""
        row = next((row for row in self.decided[cause_of(fact)] if row.fact == c.id), Row())
        c.claims = self.decide(c, row and row.decision != self.newest[c.id] and {k.claim for k in row.claims} or None)
        c.winner = c.claims[0] if c.claims and c.claims[0].outcome == "won" else None
        source = c.winner.partner if c.winner else "direct"
        c.decision = self.match(
            "decisions", cause_of(fact), c.id, fact_kind="conversion", sequence=fact.sequence, at=c.at,
            terms=c.terms.version, model="last" if c.terms.last else "first", source=source, claims=c.claims,
            slots=[{"slot": "source", "partner": source, "share": "1"}] if c.winner else [],
            previous=c.decision).decision
        self.earn(fact, c, c.t, kind)

    # -- what is earned

    def holds(self, key, want, c):
        """One condition of a rule's `when`."""
        wanted = [str(value) for value in many(want)]
        if key == "country": return c.country in [value.upper() for value in wanted]
        if key == "coupon": return folded(c.coupon) in map(folded, wanted)
        if key == "product": return c.product in wanted
        if re.fullmatch(r"sub\d+", key): return c.winner["class"] == "click" and self.clicks[c.winner.claim].get(key) in wanted
        if key == "metadata": return all(str((c.metadata or {}).get(k)) in many(v) for k, v in want.items())
        if key in ("from", "until"):
            day = len(want) == 10 and date.fromisoformat(want) + timedelta(days=key == "until")
            limit = midnight(day, c.terms.zone) if day else instant(want)
            return c.t >= limit if key == "from" else c.t < limit
        if key == "customer":
            earlier = (x.total > 0 and (x.t, x.id) < (c.t, c.id) for x in self.people[c.who] if c.who)
            return want == ("returning" if any(earlier) else "new")
        found = key == "amount" and re.fullmatch(r"(>=|<=|>|<) *(.+)", want)
        if not found: raise Refused(f"condition {key}: {want}")
        limit, currency = priced(found[2], c.terms.currency)
        holds = {">": c.total > limit, ">=": c.total >= limit, "<": c.total < limit, "<=": c.total <= limit}
        return c.currency == currency and holds[found[1]]

    def paying(self, c):
        """The rules that pay the winner: the first that matches, and every matching one with `also`."""
        partner, found = self.partners[c.winner.partner], False
        for rule in c.terms.plans[partner.plan or c.terms.partners[partner.type].plan]:
            also = rule.also == "true"
            if (also or not found) and c.event in many(rule.on) and all(
                    self.holds(key, want, c) for key, want in (rule.when or {}).items()):
                found = found or not also
                yield rule

    def target(self, rule, c):
        """What a rule owes for what is left of a sale, and how that was found."""
        left = Fraction(c.total - c.refunded, c.total) if c.total else 1
        if not rule.pay.endswith("%"):
            base, unit = priced(rule.pay, c.terms.currency)
            return Row(currency=unit, base=base, base_currency=unit, rate=f"{money(base, unit)} {unit}",
                       target=rounded(base * left, c.terms.rounding))
        without = rule.base.without if rule.base else ["tax", "shipping", "discount"]
        part = lambda name: minor(c.get(name) or "0", c.currency)
        base = c.total - sum(part(name) for name in without if name != "discount")
        base = max(0, base + (0 if "discount" in without else part("discount")))
        return Row(currency=c.currency, base=base, base_currency=c.currency, rate=plain(rule.pay[:-1]) + "%",
                   target=rounded(base * percent(rule.pay) * left, c.terms.rounding))

    def earn(self, fact, c, at, kind):
        """Brings what was earned from a conversion to what it should be now; one entry for all of it."""
        due = {(c.id, c.winner.partner, rule.rule): (rule, self.target(rule, c))
               for rule in (self.paying(c) if c.winner and not c.rejected else [])}
        postings = []
        for key in dict.fromkeys([key for key in c.earned or [] if key not in due] + list(due)):
            lots = self.lots[key]
            ...

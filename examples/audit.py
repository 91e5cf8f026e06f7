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
ENTRY = {"conversion": "earned", "refund": "reversed", "chargeback": "reversed", "rejection": "reversed"}
ABOUT_A_CONVERSION = ("refund", "chargeback", "hold", "release", "rejection", "review")
SETTINGS = {  # what this audit knows of a program file, with its defaults
    "program": "", "name": "", "currency": "", "destinations": [], "timezone": "UTC", "rounding": "half-even",
    "partners": {}, "plans": {}, "attribution.click.window": "30d", "attribution.click.model": "last",
    "attribution.order": ["override", "registration", "customer", "lead", "coupon", "click"],
    "attribution.lead.window": "180d", "attribution.hold": "30d",
    "attribution.coupon.requires-click": "false",
    "payouts.schedule": "monthly", "payouts.net-days": "15", "payouts.threshold": {}, "payouts.from": {},
    "payouts.rate.source": "ecb", "payouts.rate.fixed": "statement", "payouts.rate.spread": "0%",
    "payouts.clawback.offset": "100%", "payouts.clawback.write-off-after": "",
    "payouts.approval.people": "1", "payouts.approval.above": "", "payouts.approval.then": "1"}
SCHEDULES = {"monthly": lambda day: day.day == 1, "weekly": lambda day: day.weekday() == 0,
             "semimonthly": lambda day: day.day in (1, 16), "twice a month": lambda day: day.day in (1, 16)}

class Refused(Exception):
    """Something this audit does not know and therefore will not judge."""

class Row(dict):
    """A map whose fields read as attributes; one that is not there is None."""
    __getattr__, __setattr__ = dict.get, dict.__setitem__

def refuse(why): raise Refused(why)

# ---- Numbers and time

def decimal(text):
    return Fraction(text) if re.fullmatch(r"-?\d+(\.\d+)?", str(text)) else refuse(f"not a number: {text!r}")

def minor(text, currency):
    value = decimal(text) * 10 ** EXPONENT.get(currency, 2)
    return value.numerator if value.denominator == 1 else refuse(f"too many decimals: {text} {currency}")

def money(amount, currency):
    places, sign = EXPONENT.get(currency, 2), "-" if amount < 0 else ""
    digits = str(abs(amount)).rjust(places + 1, "0")
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)

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
    then = datetime.fromisoformat(text)
    return (then - EPOCH) // timedelta(milliseconds=1) if then.tzinfo else refuse(f"no zone: {text}")

def stamp(ms): return f"{EPOCH + timedelta(seconds=ms // 1000):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"
def day_of(ms, zone): return (EPOCH + timedelta(milliseconds=ms)).astimezone(zone).date()
def midnight(day, zone): return instant(datetime.combine(day, time(), zone).isoformat())
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
    if text.startswith(tuple("&*!|>%@`?,]}")) or text == "-" or re.search(r":\s|:$", text):
        raise Refused(f"YAML not known here: {text}")
    return None if text in ("", "~", "null") else text

def once(pairs):
    return Row(pairs) if len(dict(pairs)) == len(pairs) else refuse(f"YAML: a key twice in {pairs}")

def flow(text):
    """A scalar, or a list or map in brackets (made JSON, token by token)."""
    if text[0] not in "[{": return scalar(text)
    token = lambda m: m[0] if m[2] or not m[0].strip() else json.dumps(scalar(m[0].strip()))
    return json.loads(FLOW.sub(token, text), object_pairs_hook=once)

def node(lines):
    """The value that begins on the first of these (indent, text) lines; takes its lines away."""
    (indent, text), found = lines[0], []
    dashed = lambda: lines and lines[0][0] == indent and lines[0][1].startswith("- ")
    if not dashed() and not KEY.match(text): return flow(lines.pop(0)[1])
    while text.startswith("- ") and dashed():
        rest = lines[0][1][2:].strip()
        lines[0] = (indent + len(lines[0][1]) - len(rest), rest)
        found.append(node(lines))
    if text.startswith("- "): return found
    while lines and lines[0][0] == indent and (pair := KEY.match(lines[0][1])):
        lines.pop(0)
        nested = dashed() or lines and lines[0][0] > indent
        found.append((scalar(pair[1]), flow(pair[2]) if pair[2] else node(lines) if nested else None))
    return once(found)

def yaml(text):
    lines, brackets = [], lambda s: sum((c in "[{") - (c in "]}") for c in re.sub(QUOTED, "", s))
    for line in (COMMENT.sub(lambda m: m[1] or "", line).rstrip() for line in text.splitlines()):
        if "\t" in line or line in ("---", "..."): raise Refused(f"YAML not known here: {line!r}")
        if lines and brackets(lines[-1][1]) > 0: lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}")
        elif line: lines.append((len(line) - len(line.lstrip()), line.strip()))
    try: found = node(lines)
    except (ValueError, IndexError) as wrong: raise Refused(f"YAML not known here: {wrong}")
    return found if not lines else refuse(f"YAML: wrongly indented: {lines[0][1]}")

def terms_of(row):
    """One version's settings by dotted path, defaults filled in; refuses a path it does not know."""
    def paths(found, above):
        for key, value in found.items():
            if above + key in SETTINGS: yield above + key, value
            elif isinstance(value, dict): yield from paths(value, f"{above}{key}.")
            elif value is not None: raise Refused(f"program file: {above}{key} is unknown to this audit")
    terms = Row(SETTINGS) | dict(paths(yaml(row.yaml), ""))
    terms = Row(terms, version=row.version, effective=row.effective_at and instant(row.effective_at),
                zone=ZoneInfo(terms["timezone"]), model=terms["attribution.click.model"],
                window=duration(terms["attribution.click.window"]), order=terms["attribution.order"])
    rules = [rule for plan in terms.plans.values() for rule in plan or []]
    unknown = {key for rule in rules for key in rule} - {"rule", "on", "when", "base", "pay", "also", "hold"}
    if unknown: raise Refused(f"program file: rules with {', '.join(unknown)} are unknown to this audit")
    if (terms.model not in ("first", "last") or terms["payouts.rate.fixed"] != "statement"
            or terms["payouts.schedule"] not in SCHEDULES):
        raise Refused("program file: a model, schedule or rate fixing that is unknown to this audit")
    return terms

# ---- What is compared

KEYS = {"decisions": lambda r: (r.cause, r.fact), "journal": lambda r: (r.cause, r.kind),
        "lines": lambda r: (f"{r.fact_kind}:{r.fact}", r.conversion, r.partner, r.rule),
        "statements": lambda r: (r.partner, r.currency, r.date), "batches": lambda r: (r.batch,),
        "balances": lambda r: (r.partner or r.account, r.currency)}

class Report:
    """What was compared. Each exported row must be asked for once by what is recomputed."""
    def __init__(self, files):
        self.checked, self.differences, self.first, self.rows = Counter(), Counter(), [], defaultdict(list)
        for name, key in KEYS.items():
            for row in files[name]: self.rows[name, *key(row)].append(row)

    def differs(self, name, sentence):
        self.differences[name] += 1
        self.first += [f"{name}: {sentence}"[:900]] if len(self.first) < 25 else []

    def same(self, name, where, wanted, row):
        """Every field that is wanted stands so in the exported row."""
        self.checked[name] += 1
        for field, want in wanted.items():
            found = row.get(field)
            if not agrees(want, found, field):
                self.differs(name, f"{where}: {field} is {json.dumps(found)}, recomputed {json.dumps(want)}")

    def match(self, name, *key, **wanted):
        row = self.rows[name, *key].pop(0) if self.rows[name, *key] else Row()
        if row: self.same(name, " ".join(map(str, key)), wanted, row)
        else: self.differs(name, f"{' '.join(map(str, key))} is missing; recomputed {json.dumps(wanted)}")
        return row

    def leftovers(self):
        for (name, *_), row in ((key, row) for key, rows in self.rows.items() for row in rows):
            self.differs(name, f"this does not follow from the facts: {json.dumps(row)}")

def agrees(want, found, field=""):
    """Equal; of maps only what is wanted, lists of ids in any order, rates as numbers ("20%" is "20.0%")."""
    if isinstance(want, dict):
        return isinstance(found, dict) and all(agrees(v, found.get(k), k) for k, v in want.items())
    if isinstance(want, list) and isinstance(found, list) and len(want) == len(found):
        if all(isinstance(v, str) for v in want + found): return sorted(want) == sorted(found)
        return all(map(agrees, want, found))
    numbers = field in ("rate", "rate_from", "rate_to") and want and found
    return pay_of(want) == pay_of(found) if numbers else want == found

def check_chain(journal, report):
    """The journal by itself: numbers, hashes, zero sums, and no partner's account below nothing."""
    previous, balance = "0" * 64, Counter()
    for n, row in enumerate(journal, 1):
        body = {key: value for key, value in row.items() if key != "hash"}
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()  # RFC 8785: all keys are ASCII, all numbers whole
        report.same("chain", row.entry, {"sequence": n, "previous": previous, "hash": digest}, row)
        previous, sums = row.hash, Counter()
        for p in row.postings:
            sums[p.currency] += (amount := minor(p.amount, p.currency))
            balance[p.account, p.currency] += amount
            if balance[p.account, p.currency] > 0 and p.account.startswith("Liabilities:Partners:"):
                report.differs("chain", f"{row.entry}: {p.account} falls below zero in {p.currency}")
        if any(sums.values()): report.differs("chain", f"{row.entry} does not balance: {dict(sums)}")

# ---- The replay

def segment(partner):
    return "P-" + re.sub(r"[^A-Za-z0-9-]", lambda m: "".join(f"-{b:02x}" for b in m[0].encode()), partner)

def account(partner, name): return f"Liabilities:Partners:{segment(partner)}:{name}"
def clawback(partner): return f"Assets:ClawbackReceivable:{segment(partner)}"
def cause_of(fact): return f"{fact.fact}:{fact.id}"
def named(fact, *fields):
    """The id a fact names (`id` or `kind:id`), under the first of these fields it has."""
    return re.sub(r"^(conversion|batch|item):", "", next((fact[f] for f in fields if fact.get(f)), ""))

class Replay:
    def __init__(self, files, report):
        self.report, self.terms, self.published = report, [terms_of(row) for row in files["terms"]], []
        self.partners, self.departures, self.links, self.coupons = {}, defaultdict(list), {}, []
        self.conversions, self.people, self.rates = {}, defaultdict(list), defaultdict(lambda: {"EUR": "1"})
        self.lots, self.open_lots, self.settled, self.last_entry = {}, defaultdict(list), {}, 0
        self.statements, self.batches, self.items = [], {}, {}
        self.balance, self.paid, self.issued = Counter(), Counter(), 0
        self.clicks = {click.id: click for click in files["clicks"]}
        self.visits, self.by_cause, self.newest = defaultdict(list), defaultdict(list), {}
        for click in files["clicks"]: self.visits[click.visitor].append(click)
        for row in files["decisions"]:
            self.by_cause[row.cause].append(row)
            self.newest[row.fact] = row.decision
        self.batch_rows = {row.batch: row for row in files["batches"]}

    def run(self, facts):
        parked = []
        for n, fact in enumerate(facts, 1):
            self.report.same("facts", cause_of(fact), {"sequence": n}, fact)
            parked.append(fact)
            while ready := next((f for f in parked if not self.waits(f)), None):
                parked.remove(ready)
                self.take(ready)
        if parked: self.report.checked["parked"] = len(parked)  # without effect, so no difference either
        self.close()

    def waits(self, fact):
        """Names something nobody has seen yet."""
        if fact.fact in ("link", "coupon", "departure"): return fact.partner not in self.partners
        return fact.fact in ABOUT_A_CONVERSION and named(fact, "of") not in self.conversions

    def take(self, fact):
        kind = fact.fact
        if kind == "terms": self.published.append(self.terms[len(self.published)])
        elif kind == "partner": self.partners[fact.id] = fact
        elif kind == "departure": self.departures[fact.partner].append(fact.t)
        elif kind == "link": self.links[fact.id] = fact.partner
        elif kind == "coupon": self.coupons.append(fact)
        elif kind == "rate" and fact.base == "EUR":
            self.rates[date.fromisoformat(fact.date)][fact.quote] = fact.rate
        elif kind == "conversion": self.convert(fact)
        elif kind in ABOUT_A_CONVERSION: self.amend(fact, self.conversions[named(fact, "of")])
        elif kind == "settlement": self.settle(fact, instant(fact.as_of))
        elif kind == "batch": self.open_batch(fact, instant(fact.as_of or fact.at))
        elif kind == "batch_approval": self.approve_batch(fact, self.batches[named(fact, "of", "batch")])
        elif kind == "payout_result": self.answer(fact)
        elif kind != "batch_export": self.report.differs("facts", f"{cause_of(fact)}: unknown to this audit")
        if kind in ("conversion", "review") or self.by_cause[cause_of(fact)]: self.judge(fact)

    def in_force(self, at):
        versions = [terms for terms in self.published if terms.effective is None or terms.effective <= at]
        return versions[-1] if versions else refuse("no terms were published yet")

    def convert(self, fact):
        who = next(((k, fact[k]) for k in ("customer", "email_hash", "visitor") if fact.get(k)), None)
        c = Row(fact, total=minor(fact.amount, fact.currency), refunded=0, terms=self.in_force(fact.t),
                who=who, claims=[], posted={}, rules={})
        self.conversions[c.id] = c
        if who: insort(self.people[who], c, key=lambda c: (c.t, c.id))

    def amend(self, fact, c):
        if fact.fact in ("hold", "release"): c.held = fact.fact == "hold"
        if fact.fact == "rejection": c.rejected = True
        if fact.fact in ("refund", "chargeback"):
            back = c.total if fact.amount is None else minor(fact.amount, c.currency)
            c.refunded = min(c.total, c.refunded + back)
        if fact.fact in ENTRY: self.book(fact, self.earn(fact, c))

    # -- whose conversion it is

    def active(self, partner, *times):
        since, ends = self.partners.get(partner, Row()).t, self.departures[partner]
        return since is not None and all(since <= at and not any(end <= at for end in ends) for at in times)

    def themselves(self, c, partner):
        """The partner's own purchase, by account or e-mail."""
        theirs = self.partners.get(partner, Row())
        return bool(c.account and theirs.account and folded(c.account) == folded(theirs.account)
                    or c.email_hash and c.email_hash == theirs.email_hash)

    def bound_to(self, c):
        """The conversion that bound this customer, as the walk in (at, id) order has it just before c."""
        bound = None
        for x in self.people[c.who] if c.who and c.who[0] != "visitor" else []:
            if x is c: break
            if bound and not self.active(bound.winner.partner, x.t): bound = None
            bound = bound or (x if x.winner else None)
        return bound

    def clicks_of(self, c, listed):
        """The visitor's 50 newest of the window and a week before it, and the one it names; oldest first."""
        order, seen = lambda k: (k.t, k.id), lambda k: listed is None or k.id in listed
        near = [k for k in self.visits[c.visitor] if c.t - c.terms.window - 7 * DAY <= k.t <= c.t and seen(k)]
        near, explicit = sorted(near, key=order)[-50:] if c.visitor else [], self.clicks.get(c.click)
        if explicit and seen(explicit) and explicit not in near: near.append(explicit)
        return sorted(near, key=order)

    def decide(self, c, listed=None):
        """All claims with their outcomes, best first. `listed`: only these clicks are evidence."""
        terms, claims, last = c.terms, [], c.terms.model == "last"
        def claim(of, id, partner, at, *gates):
            reason = next((gate for gate, fails in gates if fails), None)
            claims.append(Row({"claim": id, "class": of, "partner": partner, "at": stamp(at),
                               "outcome": "dropped" if reason else "lost", "reason": reason}))
        for k in self.clicks_of(c, listed)[::-1 if last else 1]:
            claim("click", k.id, k.partner, k.t, ("after_conversion", k.t > c.t),
                  ("window_elapsed", c.t >= k.t + terms.window), ("bot", k.bot),
                  ("consent_denied", k.consent is False and k.id != c.click),
                  ("partner_not_active", not self.active(k.partner, k.t, c.t)),
                  ("self_referral", self.themselves(c, k.partner)))
        clicked = {k.partner for k in claims if not k.reason and "click" in terms.order}
        needs_click = terms["attribution.coupon.requires-click"] == "true"
        for k in sorted((k for k in self.coupons if c.coupon and folded(k.code) == folded(c.coupon)),
                        key=lambda k: (int(100 if k.priority is None else k.priority), k.id)):
            claim("coupon", k.id, k.partner, k.t, ("coupon_not_yet_valid", k.t > c.t),
                  ("partner_not_active", not self.active(k.partner, c.t)),
                  ("self_referral", self.themselves(c, k.partner)),
                  ("requires_click", needs_click and k.partner not in clicked))
        if bound := self.bound_to(c):
            partner = bound.winner.partner
            claim("customer", bound.id, partner, bound.t,
                  ("partner_not_active", not self.active(partner, c.t)),
                  ("self_referral", self.themselves(c, partner)))
        claims = [k for k in claims if k["class"] in terms.order]
        claims.sort(key=lambda k: (k.outcome == "dropped", terms.order.index(k["class"])))  # stable
        weaker = "earlier_click" if last else "later_click"
        for k in claims[1:]:
            k.reason = k.reason or (weaker if k["class"] == claims[0]["class"] == "click" else "lower_class")
        if claims and not claims[0].reason: claims[0].outcome = "won"
        return claims

    def judge(self, fact):
        """Decides the fact's own conversion and those the record says it moved; books the difference."""
        rows, lines = self.by_cause[cause_of(fact)], []
        own = {"conversion": [fact.id], "review": [named(fact, "of")]}.get(fact.fact, [])
        for id in own + [row.fact for row in rows if row.fact not in own]:
            c, row = self.conversions.get(id), next((row for row in rows if row.fact == id), None)
            if c is None: continue  # named at the end: it does not follow from the facts
            superseded = row and row.decision != self.newest[id]
            c.claims = self.decide(c, {k.claim for k in row.claims} if superseded else None)
            c.winner = next((k for k in c.claims if k.outcome == "won"), None)
            source = c.winner.partner if c.winner else "direct"
            c.decision = self.report.match(
                "decisions", cause_of(fact), id, fact_kind="conversion", sequence=fact.sequence,
                at=stamp(fact.t), terms=c.terms.version, model=c.terms.model, source=source, claims=c.claims,
                previous=c.decision,
                slots=[{"slot": "source", "partner": source, "share": "1"}] if c.winner else []
            ).decision or c.decision
            lines += self.earn(fact, c)
        self.book(fact, lines)

    # -- what is earned

    def holds(self, key, want, c):
        """One condition of a rule's `when`."""
        wanted = [text_of(value) for value in many(want)]
        if key in ("country", "product", "coupon"): return folded(c.get(key) or "") in map(folded, wanted)
        if re.fullmatch(r"sub\d+", key):
            return c.winner["class"] == "click" and self.clicks[c.winner.claim].get(key) in wanted
        if key in ("from", "until"):
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", want): limit = instant(want)
            else: limit = midnight(date.fromisoformat(want) + timedelta(days=key == "until"), c.terms.zone)
            return c.t >= limit if key == "from" else c.t < limit
        if key == "metadata":
            found = c.metadata or {}
            return all(k in found and text_of(found[k]) in map(text_of, many(v)) for k, v in want.items())
        if key == "customer":
            earlier = (x.total > 0 and (x.t, x.id) < (c.t, c.id) for x in self.people[c.who] if c.who)
            return ("returning" if any(earlier) else "new") in wanted
        found = re.fullmatch(r"(>=|<=|>|<) *([\d.]+)(?: +([A-Z]{3}))?", want) if key == "amount" else None
        if not found: raise Refused(f"condition {key}: {want}")
        have, limit = decimal(c.amount), decimal(found[2])
        compared = {">": have > limit, ">=": have >= limit, "<": have < limit, "<=": have <= limit}[found[1]]
        return compared and c.currency == (found[3] or c.terms.currency)

    def paying(self, c):
        """The rules that pay the winner: the first that matches, and every matching one with `also`."""
        partner, found = self.partners[c.winner.partner], False
        plan = partner.plan or (c.terms.partners.get(partner.type) or Row()).plan
        for rule in c.terms.plans.get(plan) or []:
            also = rule.also == "true"
            if (also or not found) and c.event in many(rule.on) and all(
                    self.holds(key, want, c) for key, want in (rule.when or {}).items()):
                found = found or not also
                yield rule

    def target(self, rule, c):
        """(base, amount, currency): what a rule owes for what is left of a sale."""
        without = (rule.base or {}).get("without", ["tax", "shipping", "discount"])
        if set(rule.base or ()) - {"without"} or set(without) - {"tax", "shipping", "discount", "fees"}:
            raise Refused(f"base {rule.base}")
        part = lambda name: minor(c.get(name) or "0", c.currency)
        base = c.total - sum(part(name) for name in without if name != "discount")
        base = max(0, base + (0 if "discount" in without else part("discount")))
        left = Fraction(c.total - c.refunded, c.total) if c.total else Fraction(1)
        rate, unit = pay_of(rule.pay, c.terms.currency)
        whole = base * rate if unit == "%" else Fraction(minor(rule.pay.split()[0], unit))
        return base, rounded(whole * left, c.terms.rounding), c.currency if unit == "%" else unit

    def targets(self, c):
        """{(partner, rule, currency): amount} as it should be now; keeps each rule for later differences."""
        targets = dict.fromkeys(c.posted, 0)
        for rule in self.paying(c) if c.winner and not c.rejected else []:
            base, amount, currency = self.target(rule, c)
            targets[c.winner.partner, rule.rule, currency] = amount
            c.rules[c.winner.partner, rule.rule, currency] = rule, base
        return targets

    def earn(self, fact, c):
        """The lines that bring what was posted for a conversion to its targets."""
        lines = []
        for key, target in self.targets(c).items():
            (partner, name, currency), (rule, base), before = key, c.rules[key], c.posted.get(key, 0)
            if target == before: continue
            line = Row(conversion=c, key=(c.id, *key), partner=partner, currency=currency,
                       amount=target - before, t=fact.t if ENTRY.get(fact.fact) == "reversed" else c.t,
                       hold_until=c.t + duration(rule.hold or c.terms["attribution.hold"]))
            line.row = self.report.match(
                "lines", cause_of(fact), c.id, partner, name, terms=c.terms.version, at=stamp(line.t),
                kind="commission" if line.amount > 0 else "reversal", currency=currency,
                amount=money(line.amount, currency), hold_until=stamp(line.hold_until),
                base=money(base, c.currency), base_currency=c.currency,
                rate=rule.pay if re.search("[A-Z%]", rule.pay) else f"{rule.pay} {currency}",
                refunded=money(c.refunded, c.currency), target=money(target, currency), decision=c.decision,
                posted_before=money(before, currency), rounding=c.terms.rounding, sequence=fact.sequence)
            c.posted[key] = target
            lines.append(line)
        return lines

    # -- the books

    def post(self, kind, fact, at, postings):
        merged = Counter()
        for name, currency, amount in postings: merged[name, currency] += amount
        merged = {key: amount for key, amount in sorted(merged.items()) if amount}
        if not merged: return
        for key, amount in merged.items(): self.balance[key] += amount
        row = self.report.match(
            "journal", cause_of(fact), kind, effective_at=stamp(at),
            posted_at=stamp(instant(fact.as_of if fact.fact == "settlement" else fact.received_at)),
            postings=[{"account": a, "currency": c, "amount": money(v, c)} for (a, c), v in merged.items()])
        if row and row.sequence < self.last_entry:
            self.report.differs("journal", f"entry {row.sequence} must stand after {self.last_entry}")
        self.last_entry = row.sequence or self.last_entry

    def book(self, fact, lines):
        """Lines into their lots: a lot is all lines of one conversion, partner, rule and currency."""
        postings = []
        for line in lines:
            lot = self.lots.get(line.key)
            if lot is None or lot.place == "stated" and line.amount > 0:
                lot = self.lots[line.key] = Row(place="pending", lines=[], conversion=line.conversion,
                                                currency=line.currency, hold_until=line.hold_until)
                self.open_lots[line.partner].append(lot)
            lot.lines.append(line)
            cost = f"Expenses:Commission:{self.partners[line.partner].type.capitalize()}"
            place = lot.place.capitalize()
            to = clawback(line.partner) if place == "Stated" else account(line.partner, place)
            postings += [(cost, line.currency, line.amount), (to, line.currency, -line.amount)]
        self.post(ENTRY.get(fact.fact, "adjusted"), fact, fact.t, postings)

    def settle(self, fact, as_of):
        """Every period's end since the last settlement, in order, then the as-of itself."""
        partner, terms = fact.partner, self.in_force(as_of)
        first = min((lot.conversion.t for lot in self.open_lots[partner]), default=as_of)
        last, begins = self.settled.get(partner, first), SCHEDULES[terms["payouts.schedule"]]
        day = day_of(last, terms.zone)
        while (at := midnight(day, terms.zone)) <= as_of:
            if at > last and begins(day):
                self.approve(fact, partner, at)
                self.state(fact, partner, at, self.in_force(at))
            day += timedelta(days=1)
        self.approve(fact, partner, as_of)
        self.settled[partner] = max(as_of, self.settled.get(partner, as_of))

    def approve(self, fact, partner, at):
        moved = Counter()
        for lot in self.open_lots[partner]:
            if lot.place == "pending" and lot.hold_until <= at and not lot.conversion.held:
                lot.place = "approved"
                moved[lot.currency] += sum(line.amount for line in lot.lines)
        for currency, amount in sorted(moved.items()):
            self.post("approved", fact, at, [(account(partner, "Pending"), currency, amount),
                                             (account(partner, "Approved"), currency, -amount)])

    def quotes(self, day, source, to):
        """Both quotes per EUR of the last publication that has them, at most 7 days old."""
        for quoted in (day - timedelta(days=n) for n in range(8)):
            rates = self.rates.get(quoted, {})
            if source in rates and to in rates:
                return Row(rate_from=rates[source], rate_to=rates[to], rate_date=str(quoted))

    def state(self, fact, partner, at, terms):
        """The statements of a partner at a period's end: one for each payout currency."""
        due, home = defaultdict(list), self.partners[partner].currency
        for lot in self.open_lots[partner]:
            if lot.place == "approved" and lot.conversion.t < at: due[lot.currency].append(lot)
        for paid_in in [home] if home else sorted(due):
            earned = sorted(due) if home else [paid_in]
            parts = [self.part(partner, x, due[x], at, paid_in, terms) for x in earned]
            parts = [part for part in parts if part]  # without those that wait for a rate
            total, day = sum(part.converted for part in parts), day_of(at, terms.zone)
            if total <= 0 or total < minor(terms["payouts.threshold"].get(paid_in, "0"), paid_in): continue
            self.issued += 1
            pay_date = day + timedelta(days=int(terms["payouts.net-days"]))
            row = self.report.match(
                "statements", partner, paid_in, str(day), number=f"STM-{day.year}-{self.issued:06d}",
                pay_date=str(pay_date), amount=money(total, paid_in), earned=[part.row for part in parts],
                lines=[line.row.line or "?" for part in parts for line in part.lines])
            for line in (line for part in parts for line in part.lines):
                self.report.same("lines", line.row.line, {"statement": row.statement}, line.row)
            for lot in (lot for part in parts for lot in part.lots): lot.place = "stated"
            self.open_lots[partner] = [lot for lot in self.open_lots[partner] if lot.place != "stated"]
            self.statements.append(Row(id=row.statement or "?", partner=partner, currency=paid_in,
                                       amount=total, pay_date=pay_date))
            self.post("stated", fact, at, [posting for part in parts for posting in part.postings])

    def part(self, partner, x, lots, at, paid_in, terms):
        """What a statement takes of one earned currency; None when it waits for a rate."""
        quotes = Row() if x == paid_in else self.quotes(day_of(at, terms.zone), x, paid_in)
        if quotes is None: return None
        lines = [line for lot in lots for line in lot.lines if line.t < at]
        amount = sum(line.amount for line in lines)
        late = sum(line.amount for lot in lots for line in lot.lines) - amount
        share = pay_of(terms["payouts.clawback.offset"])[0]
        offset = min(self.balance.get((clawback(partner), x), 0), int(amount * share))
        net = middle = converted = amount - offset
        payable = account(partner, "Payable")
        postings = [(account(partner, "Approved"), x, amount + late), (clawback(partner), x, -late - offset),
                    (payable, x, -net)]
        if quotes:
            exact = net * decimal(quotes.rate_to) / decimal(quotes.rate_from)
            exact *= Fraction(10) ** (EXPONENT.get(paid_in, 2) - EXPONENT.get(x, 2))
            middle = rounded(exact, terms.rounding)
            converted = rounded(exact * (1 - pay_of(terms["payouts.rate.spread"])[0]), terms.rounding)
            postings += [(payable, x, net), ("Equity:FX", x, -net), ("Equity:FX", paid_in, middle),
                         (payable, paid_in, -converted), ("Income:FXSpread", paid_in, converted - middle)]
        row = {"currency": x, "amount": money(amount, x), "offset": money(offset, x), "net": money(net, x),
               "converted": money(converted, paid_in), **quotes}
        return Row(lots=lots, lines=lines, converted=converted, postings=postings, row=row)

    # -- paying out

    def open_batch(self, fact, as_of):
        """All unpaid statements that are due, of partners who can be paid this way: an item per currency."""
        rail, day, due = fact.rail, day_of(as_of, self.in_force(as_of).zone), defaultdict(list)
        for s in self.statements:
            method = self.partners[s.partner].payout_method or Row()
            if not s.batch and s.pay_date <= day and method.kind == rail: due[s.partner, s.currency].append(s)
        ids = {(i.partner, i.currency): i.item for i in self.batch_rows.get(fact.id, Row()).get("items", [])}
        batch = self.batches[fact.id] = Row(rail=rail, as_of=as_of, people=[fact.by], entries=[], approvals=0)
        for (partner, currency), statements in sorted(due.items()):
            item = Row(partner=partner, currency=currency, rail=rail, statements=statements,
                       amount=sum(s.amount for s in statements))
            for s in statements: s.batch = fact.id
            batch.entries.append(item)
            self.items[ids.get((partner, currency))] = item

    def approve_batch(self, fact, batch):
        """Four eyes; the money leaves Payable with the last approval that is needed."""
        if fact.by and fact.by in batch.people:
            self.report.differs("batches", f"{cause_of(fact)}: {fact.by} had a hand in this batch before")
        batch.people.append(fact.by)
        terms, batch.approvals = self.in_force(batch.as_of), batch.approvals + 1
        limit, currency = pay_of(terms["payouts.approval.above"] or "0", terms.currency)
        total = sum(item.amount for item in batch.entries if item.currency == currency)
        above = terms["payouts.approval.above"] and total > limit * 10 ** EXPONENT.get(currency, 2)
        if batch.approvals == int(terms["payouts.approval.then" if above else "payouts.approval.people"]):
            self.move("released", fact, batch.entries, "Payable", "Clearing")

    def answer(self, fact):
        """What the bank said of an item (or of several)."""
        for answer in fact.get("items") or [fact]:
            item = self.items.get(named(answer, "item", "of"))
            outcome = answer.state or answer.outcome or answer.status
            if item is None: self.report.differs("batches", f"{cause_of(fact)} names an item nobody knows")
            elif outcome == "paid": self.move("paid", fact, [item], "Clearing", "Bank")
            elif outcome in ("rejected", "returned"):
                self.move(outcome, fact, [item], "Bank" if item.state == "paid" else "Clearing", "Payable")
                for s in item.statements: s.batch = None
            if item: item.state = outcome

    def move(self, kind, fact, items, source, to):
        """Money of items from one place to another."""
        postings = []
        for item in items:
            place = {"Bank": f"Assets:Bank:{item.rail}", "Payable": account(item.partner, "Payable"),
                     "Clearing": f"Liabilities:PayoutClearing:{item.rail}"}
            amount, currency = item.amount, item.currency
            postings += [(place[source], currency, amount), (place[to], currency, -amount)]
            self.paid[item.partner, currency] += amount * ((to == "Bank") - (source == "Bank"))
        self.post(kind, fact, fact.t, postings)

    # -- what must be so at the end

    def close(self):
        for click in self.clicks.values():
            wanted = {"partner": self.links.get(click.link)} if click.link else {}
            self.report.same("clicks", click.id, wanted, click)
        owed = lambda amounts: {" ".join(key): amount for key, amount in amounts.items() if amount}
        for c in self.conversions.values():
            self.report.same("complete", c.id, {"claims": self.decide(c), "posted": owed(self.targets(c))},
                             {"claims": c.claims, "posted": owed(c.posted)})
        for id, batch in self.batches.items():
            items = [{"partner": item.partner, "currency": item.currency,
                      "amount": money(item.amount, item.currency),
                      "statements": [s.id for s in item.statements],
                      **({"state": item.state} if item.state else {})} for item in batch.entries]
            hands = {"opened_by": batch.people[0], "approved_by": batch.people[1:]} if batch.people[0] else {}
            self.report.match("batches", id, rail=batch.rail, as_of=stamp(batch.as_of), items=items, **hands)
        for partner in self.partners:
            of = {name: account(partner, name.capitalize()) for name in ("pending", "approved", "payable")}
            for c in {c for a, c in self.balance if a in (*of.values(), clawback(partner))}:
                amounts = {name: -self.balance[a, c] for name, a in of.items()} | {
                    "held": 0, "paid": self.paid[partner, c], "clawback": self.balance[clawback(partner), c]}
                self.report.match("balances", partner, c, **{n: money(v, c) for n, v in amounts.items()})
        for (name, c), amount in self.balance.items():
            self.report.match("balances", name, c, amount=money(amount, c))
        self.report.leftovers()

def audit(folder):
    """The report on an export; says itself what it could not judge."""
    files, names = {}, "facts clicks terms decisions lines statements journal batches balances".split()
    read = lambda line: json.loads(line, object_pairs_hook=Row, parse_float=str)
    for name in names:
        text = Path(folder, f"{name}.ndjson").read_text(encoding="utf-8")
        files[name] = [read(line) for line in text.split("\n") if line]
    report = Report(files)
    try:
        for row in files["terms"]:
            digest = hashlib.sha256(row.yaml.encode()).hexdigest()
            report.same("terms", f"version {row.version}", {"hash": digest}, row)
        for row in files["facts"] + files["clicks"]: row.t = instant(row.at)
        check_chain(files["journal"], report)
        Replay(files, report).run(files["facts"])
    except Refused as why: report.differs("refused", str(why))
    return report

def main(folder):
    report = audit(folder)
    print(f"{'':12}{'checked':>10}{'differences':>13}")
    for name in {**report.checked, **report.differences}:
        print(f"{name:12}{report.checked[name]:>10}{report.differences[name]:>13}")
    print(*report.first, sep="\n", end="\n" if report.first else "")
    return 1 if report.first else 0

if __name__ == "__main__":
    try: sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
    except OSError as why: sys.exit(f"audit: {why}")

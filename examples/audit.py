#!/usr/bin/env python3
"""Recomputes a Tallystick export from its facts and names every difference; exits with 1 if there is one:
    tallystick audit export --out DIR && python3 examples/audit.py DIR
Facts, clicks and terms are believed; all else is derived by other code than the product's, and compared. Only
ids, and which later facts made a conversion be decided again, are taken from the record."""
import bisect, functools, hashlib, itertools, json, re, sys, zoneinfo
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
EXPONENT = {**dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(), 0),
            **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)}  # ISO 4217; all others have 2
CLEARING, BANK, EXCHANGE, SPREAD = "Liabilities:PayoutClearing", "Assets:Bank", "Equity:FX", "Income:FXSpread"
ANSWERS = {"unknown": (CLEARING, CLEARING), "paid": (CLEARING, BANK), "rejected": (CLEARING, "Payable"),
           "returned": (BANK, "Payable")}  # a bank's words, and from where to where money moves with them
ORDER = "override registration customer lead coupon click".split()
CARRIES = {"sepa": "EUR", "ach": "USD"}  # the other rails carry all currencies
BEGINS = {"monthly": [1], "twice-monthly": [1, 16]}  # days of a month; weeks begin on Mondays
KEYS = {"terms": "version", "decisions": "cause fact", "lines": "fact_kind fact conversion partner rule",
        "statements": "partner currency date", "journal": "cause kind", "batches": "batch",
        "balances": "partner account currency"}  # the fields that a row is found by
class Row(dict): __getattr__, __setattr__ = dict.get, dict.__setitem__  # a field that is not there is None
def minor(text, currency): return int(Decimal(text).scaleb(EXPONENT.get(currency, 2)))
def money(amount, currency): return f"{Decimal(amount).scaleb(-EXPONENT.get(currency, 2)):f}"
def percent(text): return Fraction(text.removesuffix("%")) / 100
def plain(text): return re.sub(r"\.?0+(?=%?$)", "", text) if "." in text else text
def priced(text, currency):  # (750, "GBP") of "7.50 GBP"; without a currency it is in the program's
    amount, _, unit = text.partition(" ")
    return minor(amount, unit or currency), unit or currency
def rounded(value, rule):  # once, to a whole minor unit; round() of a Fraction is exact and half-even
    return round(value) if rule != "half-up" else (1 if value >= 0 else -1) * int(abs(value) + Fraction(1, 2))
def exchanged(amount, source, to, rate, rule):
    return rounded(amount * rate * Fraction(10) ** (EXPONENT.get(to, 2) - EXPONENT.get(source, 2)), rule)
def sha(text): return hashlib.sha256(text.encode()).hexdigest()
def span(text): return timedelta(hours=int(text[:-1]) * {"d": 24, "h": 1}[text[-1]])
def instant(text): return datetime.fromisoformat(text).astimezone(timezone.utc)
def stamp(at): return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
def midnight(day, zone): return datetime.combine(day, time(), zone).astimezone(timezone.utc)
def many(value): return value if isinstance(value, list) else [value]
def folded(text): return (text or "").strip().lower()
def segment(id): return re.sub("[^A-Za-z0-9-]", lambda m: "".join(f"-{b:02x}" for b in m[0].encode()), id)
def account(partner, state): return f"Liabilities:Partners:P-{segment(partner)}:{state}"
def clawback(partner): return f"Assets:ClawbackReceivable:P-{segment(partner)}"
QUOTED = r"""\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'"""  # in YAML as program files are; scalars stay strings
COMMENT, KEY = rf"({QUOTED})|(?:^|\s)#.*", re.compile(rf"({QUOTED}|[\w.][\w. /+-]*):(?:\s+(.*))?$")
PLAIN = re.compile(rf"{QUOTED}|[^\[\]{{}},:\"'\s](?:[^\[\]{{}},:]|:(?=\S))*")
def scalar(text):  # a value without structure, or one in brackets, which quotes make JSON
    if text[0] in "[{":
        return json.loads(PLAIN.sub(lambda m: json.dumps(scalar(m[0].strip())), text), object_hook=Row)
    return json.loads(text) if text[0] == '"' else text[1:-1].replace("''", "'") if text[0] == "'" else text
def node(lines):  # the value that begins on the first of these (indent, text) lines; takes its lines away
    indent, items, fields = lines[0][0], [], Row()
    here = lambda dashed: lines and lines[0][0] == indent and lines[0][1].startswith("- ") == dashed
    while here(True):
        rest = lines[0][1][2:].strip()
        lines[0] = (indent + len(lines[0][1]) - len(rest), rest)
        items.append(node(lines))
    while not items and here(False):
        text = lines.pop(0)[1]
        if not (pair := KEY.match(text)): return scalar(text)
        fields[scalar(pair[1])] = scalar(pair[2]) if pair[2] else node(lines)
    return items or fields
def terms_of(fact):  # a version of the program; `at` finds what it says, such as at("payouts.net-days", "15")
    lines, depth = [], lambda line: sum((c in "[{") - (c in "]}") for c in re.sub(QUOTED, "", line))
    for line in (re.sub(COMMENT, lambda m: m[1] or "", line).rstrip() for line in fact.yaml.splitlines()):
        if lines and depth(lines[-1][1]) > 0: lines[-1] = (lines[-1][0], f"{lines[-1][1]} {line.strip()}")
        elif line: lines.append((len(line) - len(line.lstrip()), line.strip()))
    file = node(lines)
    at = lambda path, other: functools.reduce(lambda a, k: (a or {}).get(k), path.split("."), file) or other
    return Row(file, at=at, version=fact.version, since=fact.effective_at,
               order=at("attribution.order", ORDER), model=at("attribution.click.model", "last"),
               window=span(at("attribution.click.window", "30d")), rounding=at("rounding", "half-even"),
               zone=zoneinfo.ZoneInfo(at("timezone", "UTC")))

class Audit:  # takes the facts in sequence, each kind by its method, and asks for the rows that must follow
    def __init__(self, folder):
        self.rows, self.decided, self.visits, self.people = (defaultdict(list) for _ in range(4))
        self.lots, self.earnings, self.owed = (defaultdict(list) for _ in range(3))
        self.partners, self.left, self.links, self.coupons, self.sales, self.batches = ({} for _ in range(6))
        self.checked, self.balance, self.paid, self.rates = Counter(), Counter(), Counter(), defaultdict(dict)
        self.terms, self.statements, self.order, self.found = [], [], [], []
        read = lambda n: [json.loads(row, object_hook=Row) for row in open(f"{folder}/{n}.ndjson", "rb")]
        self.files = files = {name: read(name) for name in ("facts", "clicks", *KEYS)}
        for name, fields in KEYS.items():
            for row in files[name]: self.rows[name, *map(row.get, fields.split())].append(row)
        for f in files["facts"] + files["clicks"]: f.t, f.cause = instant(f.at), f"{f.fact}:{f.id}"
        for row in files["clicks"]: self.visits[row.visitor].append(row)
        for row in files["decisions"]: self.decided[row.cause].append(row)
        for row in files["statements"]: row.lines.sort()
        for row in files["batches"]:
            for item in row["items"]: self.rows["items", row.batch, item.partner, item.currency].append(item)
        self.clicks = {click.id: click for click in files["clicks"]}
        self.newest = {row.fact: row.decision for row in files["decisions"]}
    def differs(self, name, sentence): self.found.append((name, sentence))
    def same(self, name, where, row, **wanted):  # every field that is wanted stands so in the exported row
        self.checked[name] += 1
        for field, want in wanted.items():
            if (has := row.get(field)) != want: self.differs(name, f"{where}: {field} {has}, expected {want}")
    def match(self, name, *key, **wanted):  # the exported row of this key, which no other may ask for
        rows, where = self.rows[name, *key], " ".join(str(part) for part in key if part)
        if rows: self.same(name, where, rows[0], **wanted)
        else: self.differs(name, f"{where} is missing; recomputed {wanted}")
        return rows.pop(0) if rows else Row()
    def take_partner(self, fact): self.partners[fact.id] = fact
    def take_departure(self, fact): self.left[fact.partner] = min(fact.t, self.left.get(fact.partner, fact.t))
    def take_link(self, fact): self.links[fact.id] = fact.partner
    def take_coupon(self, fact): self.coupons[folded(fact.code)] = fact
    def take_rate(self, fact): self.rates[date.fromisoformat(fact.date)][fact.quote] = plain(fact.rate)
    def take_hold(self, fact): self.sales[fact.of].marks += [(fact.t, fact.cause, fact.fact == "hold")]
    def take_review(self, fact): pass  # decides a conversion again, in `run`
    def take_terms(self, fact):
        self.terms.append(terms_of(fact))
        self.match("terms", fact.version, yaml=fact.yaml, hash=sha(fact.yaml), effective_at=fact.effective_at)
    def in_force(self, at): return [t for t in self.terms if not t.since or instant(t.since) <= at][-1]
    take_release = take_hold
    def take_conversion(self, fact):
        who = next(((k, fact[k]) for k in ("customer", "email_hash", "visitor") if fact.get(k)), None)
        c = Row(fact, refunded=0, earned={}, marks=[], who=who, terms=self.in_force(fact.t))
        self.sales[fact.id], c.total = c, minor(c.amount, c.currency)
        bisect.insort(self.people[who], c, key=lambda c: (c.t, c.id))
    def gate(self, c, partner, *times):  # what every claim must pass: somebody there, and no own purchase
        them, left = self.partners[partner], self.left.get(partner)
        if any(at < them.t or left and left <= at for at in times): return "partner_not_active"
        own = c.account and folded(c.account) == folded(them.account)
        return "self_referral" if own or c.email_hash and c.email_hash == them.email_hash else None
    def bound_to(self, c):  # the conversion that bound this customer, walking in (at, id) order up to c
        bound = None
        for x in self.people[c.who] if c.customer or c.email_hash else []:
            if x is c: break
            if not bound or self.gate(Row(), bound.winner.partner, x.t): bound = x if x.winner else None
        return bound
    def clicks_of(self, c, listed):  # the visitor's 50 newest in reach, and the one it names; best first
        fits = lambda k: (listed is None or k.id in listed) and (k.partner or k.link in self.links)
        since, named = c.t - c.terms.window - span("7d"), self.clicks.get(c.click)
        near = [k for k in self.visits[c.visitor or 0] if since <= k.t <= c.t and fits(k)][-50:]
        if named and fits(named) and named not in near: near.append(named)
        return sorted(near, key=lambda k: (k.t, k.id), reverse=c.terms.model == "last")
    def decide(self, c, listed=None):  # all claims, best first. `listed`: only these clicks are evidence
        terms, claims = c.terms, []
        def claim(kind, of, partner, reason):
            claims.append(Row({"claim": of.id, "class": kind, "partner": partner, "at": of.at,
                               "outcome": "dropped" if reason else "lost", "reason": reason}))
        for k in self.clicks_of(c, listed) if "click" in terms.order else []:
            partner = k.partner or self.links[k.link]
            claim("click", k, partner, "after_conversion" if k.t > c.t
                  else "window_elapsed" if c.t >= k.t + terms.window else "bot" if k.bot
                  else "consent_denied" if k.consent is False and k.id != c.click
                  else self.gate(c, partner, k.t, c.t))
        if k := self.coupons.get(folded(c.coupon)) if "coupon" in terms.order else None:
            alone = terms.at("attribution.coupon.requires-click", None) == "true" and not any(
                other.partner == k.partner and not other.reason for other in claims)
            claim("coupon", k, k.partner, "coupon_not_yet_valid" if k.t > c.t
                  else self.gate(c, k.partner, c.t) or ("requires_click" if alone else None))
        if k := self.bound_to(c) if "customer" in terms.order else None:
            claim("customer", k, k.winner.partner, self.gate(c, k.winner.partner, c.t))
        claims.sort(key=lambda k: (k.outcome == "dropped", terms.order.index(k["class"])))  # stable
        same, less = "earlier_click" if terms.model == "last" else "later_click", "lower_class"
        for k in claims[1:]: k.reason = k.reason or (same if k["class"] == claims[0]["class"] else less)
        if claims and not claims[0].reason: claims[0].outcome = "won"
        return claims
    def judge(self, fact, c, kind):  # decides a conversion, at first or again, and books the difference
        old = [k for k in self.decided[fact.cause] if k.fact == c.id and k.decision != self.newest[c.id]]
        claims = self.decide(c, {k.claim for k in old[0].claims} if old else None)
        c.winner = next((k for k in claims if k.outcome == "won"), None)
        c.source = c.winner.partner if c.winner else "direct"
        c.decision = self.match(
            "decisions", fact.cause, c.id, fact_kind="conversion", sequence=fact.sequence, at=c.at,
            previous=c.decision, terms=c.terms.version, model=c.terms.model, claims=claims, source=c.source,
            slots=[{"slot": "source", "partner": c.source, "share": "1"}] if c.winner else []).decision
        self.earn(fact, c, c.t, kind)
    def holds(self, key, want, c):  # one condition of a rule's `when`
        if key == "country": return c.country in [value.upper() for value in many(want)]
        if key == "coupon": return folded(c.coupon) in map(folded, many(want))
        if key == "product": return c.product in many(want)
        if key == "metadata": return all((c.metadata or {}).get(k) in many(v) for k, v in want.items())
        if key.startswith("sub"):
            return c.winner["class"] == "click" and self.clicks[c.winner.claim].get(key) in many(want)
        if key in ("from", "until"):
            day = len(want) == 10 and date.fromisoformat(want) + timedelta(days=key == "until")
            return (c.t >= (midnight(day, c.terms.zone) if day else instant(want))) == (key == "from")
        if key == "customer":
            earlier = (x.total > 0 and (x.t, x.id) < (c.t, c.id) for x in self.people[c.who] if c.who)
            return want == ("returning" if any(earlier) else "new")
        _, sign, rest = re.split("^([<>]=?) *", want)  # amount
        limit, unit = priced(rest, c.terms.currency)
        passes = {">": c.total > limit, ">=": c.total >= limit, "<": c.total < limit, "<=": c.total <= limit}
        return c.currency == unit and passes[sign]
    def promises(self, c):  # for what is left of a sale, by the first rule that matches and each with `also`
        partner, found = self.partners[c.winner.partner], False
        left = Fraction(c.total - c.refunded, c.total) if c.total else 1
        part = lambda name: minor(c.get(name) or "0", c.currency)
        for rule in c.terms.plans[partner.plan or c.terms.partners[partner.type].plan]:
            if found and rule.also != "true" or c.event not in many(rule.on): continue
            if not all(self.holds(key, want, c) for key, want in (rule.when or {}).items()): continue
            found, rate = found or rule.also != "true", 1
            if "%" not in rule.pay: base, unit = priced(rule.pay, c.terms.currency)
            else:  # the amount is after the discount
                without = rule.base.without if rule.base else ["tax", "shipping", "discount"]
                base = max(0, c.total + part("discount") - sum(map(part, without)))
                unit, rate = c.currency, percent(rule.pay)
            until = c.t + span(rule.hold or c.terms.at("attribution.hold", "30d"))
            yield (partner.id, rule.rule), Row(
                base=base, currency=unit, target=rounded(base * rate * left, c.terms.rounding), until=until,
                rate=plain(rule.pay) if "%" in rule.pay else f"{money(base, unit)} {unit}")
    def due(self, c):  # what should stand for a conversion by now, also nothing where something stood
        now = dict(self.promises(c) if c.winner and not c.rejected else [])
        return {key: Row(promise, target=0) for key, promise in c.earned.items()} | now
    def take_refund(self, fact):
        c = self.sales[fact.of]
        if fact.fact == "rejection": c.rejected = True
        else: c.refunded = min(c.total, c.refunded + minor(fact.amount or c.amount, c.currency))
        self.earn(fact, c, max(fact.t, c.t), "reversed")
    take_chargeback = take_rejection = take_refund
    def earn(self, fact, c, at, kind):  # brings a conversion's lines to what is due: one entry for all of it
        c.earned, postings = self.due(c), []
        for (partner, rule), p in c.earned.items():
            lots, unit = self.lots[c.id, partner, rule], p.currency
            before, cost = sum(lot.amount for lot in lots), self.partners[partner].type.capitalize()
            if p.target > before and (not lots or lots[-1].place == "Stated"):
                lots.append(Row(p, conversion=c, partner=partner, place="Pending", amount=0, lines=[]))
                self.earnings[partner].append(lots[-1])
            for lot in lots[::-1]:  # the newest; what it cannot bear goes to the one before
                part = p.target - before if lot is lots[0] else max(p.target - before, -lot.amount)
                if not part: continue
                before, lot.amount = before + part, lot.amount + part
                row = self.match(
                    "lines", fact.fact, fact.id, c.id, partner, rule, sequence=fact.sequence, at=stamp(at),
                    kind="commission" if part > 0 else "reversal", amount=money(part, unit), currency=unit,
                    base=money(p.base, unit), base_currency=unit, rate=p.rate, rounding=c.terms.rounding,
                    refunded=money(c.refunded, c.currency), target=money(before, unit), terms=c.terms.version,
                    posted_before=money(before - part, unit), hold_until=stamp(p.until), decision=c.decision)
                lot.lines.append(Row(row, t=at, minor=part, on=Row()))
                postings.append((f"Expenses:Commission:{cost}", unit, part))
                if lot.place != "Stated": postings.append((account(partner, lot.place), unit, -part))
                else: postings += [(EXCHANGE, unit, -part), *self.owe(lot, lot.amount, at)]
        self.post(kind, fact, at, postings)
    def owe(self, lot, left, at):  # what is owed when only this is left of a stated lot, of what it brought
        gone, unit, rule = lot.stated - left, lot.paid_in, lot.conversion.terms.rounding
        more = rounded(Fraction(lot.share * gone, lot.stated or 1), rule) - lot.owed
        lot.owed += more
        self.owed[lot.partner, unit].append((at, more))
        return [(EXCHANGE, unit, -more), (clawback(lot.partner), unit, more)]
    def post(self, kind, fact, at, postings):  # an entry: zero per currency, no debt of ours below zero
        sums = Counter()
        for name, unit, amount in postings: sums[name, unit] += amount
        sums = {key: amount for key, amount in sorted(sums.items()) if amount}
        self.balance.update(sums)
        odd = [unit for _, unit in sums if sum(v for (_, u), v in sums.items() if u == unit)]
        odd += [key for key in sums if key[0].startswith("Liabilities:") and self.balance[key] > 0]
        if odd: self.differs("journal", f"{fact.cause} {kind} does not balance, or takes too much: {odd}")
        rows = [Row(account=name, amount=money(v, unit), currency=unit) for (name, unit), v in sums.items()]
        if rows: self.order.append(self.match("journal", fact.cause, kind, effective_at=stamp(at),
                                              posted_at=fact.received_at, postings=rows).sequence or 0)
    def take_settlement(self, fact):  # every period's end since the last one, in order, then the as-of itself
        partner, terms = fact.partner, self.in_force(fact.t)
        last = instant(fact["from"]) if fact.get("from") else self.partners[partner].t
        day, begins = last.astimezone(terms.zone).date(), BEGINS.get(terms.at("payouts.schedule", "monthly"))
        while (at := midnight(day, terms.zone)) <= fact.t:
            if at > last and (day.day in begins if begins else day.weekday() == 0):
                self.approve(fact, partner, at)
                self.state(fact, partner, at, day, terms)
            day += timedelta(days=1)
        self.approve(fact, partner, fact.t)
    def held(self, lot, at): return [False, *(on for t, _, on in sorted(lot.conversion.marks) if t <= at)][-1]
    def free(self, lot, at):  # whether nobody held it when its hold was over, or at a mark from then on
        times = [lot.until, *(t for t, _, _ in lot.conversion.marks)]
        return any(lot.until <= t <= at and not self.held(lot, t) for t in times)
    def approve(self, fact, partner, at):
        due = [lot for lot in self.earnings[partner] if lot.place == "Pending" and self.free(lot, at)]
        for lot in due: lot.place = "Approved"
        self.post("approved", fact, at, [(account(partner, name), lot.currency, sign * lot.amount)
                                         for lot in due for name, sign in (("Pending", 1), ("Approved", -1))])
    def price(self, day, source, to):  # the quotes of the last day with both, at most 7 days old, their rate
        if source == to: return Row(), 1
        for quoted in (day - timedelta(days=n) for n in range(8)):
            a, b = ({"EUR": "1", **self.rates[quoted]}.get(unit) for unit in (source, to))
            if a and b: return Row(rate_from=a, rate_to=b, rate_date=str(quoted)), Fraction(b) / Fraction(a)
        return Row(), None
    def state(self, fact, partner, at, day, terms):  # a period's statements: one for each payout currency
        due, home = defaultdict(list), self.partners[partner].currency
        pay_date = day + timedelta(days=int(terms.at("payouts.net-days", "15")))
        ripe = lambda lot: lot.place == "Approved" and lot.conversion.t < at and not self.held(lot, at)
        for lot in filter(ripe, self.earnings[partner]): due[lot.currency].append(lot)
        for to, units in [(home, sorted(due))] if home else [(unit, [unit]) for unit in sorted(due)]:
            earned, postings, lots, lines, total = [], [], [], [], 0
            for unit in units:
                quotes, rate = self.price(day, unit, to)
                if not rate: continue  # the money waits for one
                if quotes: quotes.spread = plain(terms.at("payouts.rate.spread", "0%"))
                factor = rate * (1 - percent(quotes.spread or "0%"))
                for lot in due[unit]: lot.on = [line for line in lot.lines if line.t < at]
                on = [line for lot in due[unit] for line in lot.on]
                sums = [*itertools.accumulate((sum(r.minor for r in lot.on) for lot in due[unit]), initial=0)]
                steps = [exchanged(part, unit, to, factor, terms.rounding) for part in sums]
                whole, net, gross = sums[-1], steps[-1], exchanged(sums[-1], unit, to, rate, terms.rounding)
                earned.append(Row(quotes, currency=unit, amount=money(whole, unit), converted=money(net, to)))
                total, lines = total + net, lines + on
                lots += zip(due[unit], (b - a for a, b in zip(steps, steps[1:])))
                postings += [(EXCHANGE, to, gross), (SPREAD, to, net - gross)]
            owed = sum(more for since, more in self.owed[partner, to] if since < at)  # less what was offset
            offset = max(0, min(owed, int(total * percent(terms.at("payouts.clawback.offset", "100%")))))
            s = Row(partner=partner, currency=to, amount=total - offset, unpaid=total > offset, due=pay_date)
            if total <= 0 or s.amount < minor(terms.at("payouts.threshold", {}).get(to, "0"), to): continue
            self.owed[partner, to].append((at - span("1h"), -offset))
            self.statements.append(s)
            s.id = self.match("statements", partner, to, str(day), amount=money(s.amount, to), earned=earned,
                              number=f"STM-{day.year}-{len(self.statements):06d}", offset=money(offset, to),
                              pay_date=str(pay_date), lines=sorted(r.line or "?" for r in lines)).statement
            for line in lines: line.on = s
            postings += [(account(partner, "Payable"), to, -s.amount), (clawback(partner), to, -offset)]
            for lot, share in lots:
                left, unit = sum(line.minor for line in lot.on), lot.currency
                lot.update(place="Stated", paid_in=to, share=share, owed=0, stated=left)
                postings += [(account(partner, "Approved"), unit, lot.amount), (EXCHANGE, unit, -lot.amount)]
                for line in (line for line in lot.lines if line.t >= at):  # taken back since
                    postings += self.owe(lot, left := left + line.minor, line.t)
            self.post("stated", fact, at, postings)
    def take_batch(self, fact):  # what is due, of those who can be paid: an item per partner and currency
        terms, items = self.in_force(fact.t), {}
        today, needed = fact.t.astimezone(terms.zone).date(), terms.at("payouts.approval.people", "1")
        for s in self.statements:
            rail = (self.partners[s.partner].payout_method or Row()).kind
            if rail and s.unpaid and s.due <= today and CARRIES.get(rail, s.currency) == s.currency:
                s.item = items.setdefault((s.partner, s.currency), Row(s, rail=rail, amount=0, statements=[]))
                s.item.amount, s.unpaid = s.item.amount + s.amount, False
                s.item.statements.append(s)
        if above := terms.at("payouts.approval.above", None):
            (limit, unit), rule = priced(above, terms.currency), terms.rounding
            prices = [(i, self.price(today, i.currency, unit)[1]) for i in items.values()]
            worth = [price and exchanged(i.amount, i.currency, unit, price, rule) for i, price in prices]
            if None in worth or sum(worth) > limit: needed = terms.at("payouts.approval.then", needed)
        self.batches[fact.id] = Row(at=fact.at, by=fact.by, approved=[], needed=int(needed), due=items)
    def take_batch_approval(self, fact):  # four eyes; money moves with the last approval that is needed
        b = self.batches[fact.of]
        if fact.by in (b.by, *b.approved): self.differs("batches", f"{fact.cause}: not by {fact.by}")
        b.approved.append(fact.by)
        if len(b.approved) == b.needed: self.move(fact, "released", b.due.values(), "Payable", CLEARING)
    def take_payout_result(self, fact):  # the bank's words, item by item; the same one again changes nothing
        for word, (source, to) in ANSWERS.items():
            due = [self.batches[fact.of].due[r.partner, r.currency] for r in fact.results if r.result == word]
            self.move(fact, word, [item for item in due if item.state != word], source, to)
    def move(self, fact, kind, items, source, to):
        place = lambda i, at: account(i.partner, at) if at == "Payable" else f"{at}:{i.rail.capitalize()}"
        self.post(kind, fact, fact.t, [(place(i, name), i.currency, sign * i.amount)
                                       for i in items for name, sign in ((source, 1), (to, -1))])
        for item in items:
            item.state = kind
            self.paid[item.partner, item.currency] += item.amount * ((to == BANK) - (source == BANK))
            for s in item.statements if to == "Payable" else []: s.unpaid = True
    def place(self, lot, on=None):  # where money stands by now; what comes after its statement is owed back
        if on: return "paid" if (on.item or on).state == "paid" else "payable"
        if lot.place == "Stated": return "clawback"
        return "held" if any(held for _, _, held in sorted(lot.conversion.marks)[-1:]) else lot.place.lower()
    def run(self):  # all of it, and what must be so at the end
        journal = [Row(hash="0" * 64), *self.files["journal"]]
        for n, (before, row) in enumerate(zip(journal, journal[1:]), 1):  # RFC 8785: no floats here
            body = {key: value for key, value in row.items() if key != "hash"}
            text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            self.same("chain", row.entry, row, sequence=n, previous=before.hash, hash=sha(text))
        for n, fact in enumerate(self.files["facts"], 1):
            self.same("facts", fact.cause, fact, sequence=n)
            own = {"conversion": fact.id, "review": fact.of}.get(fact.fact)
            try:
                getattr(self, f"take_{fact.fact}")(fact)
                for id in [own] * bool(own) + [r.fact for r in self.decided[fact.cause] if r.fact != own]:
                    self.judge(fact, self.sales[id], "earned" if id == fact.id else "adjusted")
            except (KeyError, AttributeError) as e: self.differs("facts", f"{fact.cause}: nobody knows {e}")
        for c in self.sales.values():  # all that is known by now had its say in whose it is
            source = next((k.partner for k in self.decide(c) if k.outcome == "won"), "direct")
            self.same("complete", c.id, c, source=source, earned=self.due(c))
        for lot, line in [(k, line) for lots in self.earnings.values() for k in lots for line in k.lines]:
            self.same("places", line.line, line, status=self.place(lot, line.on), statement=line.on.id)
        for id, b in self.batches.items():
            done = all(i.state in ("paid", "rejected", "returned") for i in b.due.values())
            state = "completed" if done else "open" if len(b.approved) < b.needed else "approved"
            self.match("batches", id, state=state, as_of=b.at, opened_by=b.by, approved_by=b.approved)
            for key, i in b.due.items():
                self.match("items", id, *key, amount=money(i.amount, i.currency), state=i.state or "open",
                           rail=i.rail, statements=sorted(s.id or "?" for s in i.statements))
        for who in self.partners:
            places = {s: account(who, s.capitalize()) for s in ("pending", "approved", "payable", "held")}
            for unit in {unit for name, unit in self.balance if name in (clawback(who), *places.values())}:
                row = {state: money(-self.balance[name, unit], unit) for state, name in places.items()}
                self.match("balances", who, None, unit, **row, paid=money(self.paid[who, unit], unit),
                           clawback=money(self.balance[clawback(who), unit], unit))
        for (a, unit), v in self.balance.items(): self.match("balances", None, a, unit, amount=money(v, unit))
        if self.order != sorted(self.order): self.differs("journal", "its entries stand out of order")
        for (name, *_), rows in self.rows.items():
            for row in rows: self.differs(name, f"this does not follow from the facts: {row}")
        return self

if __name__ == "__main__":
    if len(sys.argv) != 2: sys.exit(__doc__)
    audit, columns = Audit(sys.argv[1]).run(), "{:12}{:>10}{:>13}".format
    print(columns("", "checked", "differences"))
    differences = Counter(name for name, _ in audit.found)
    for name in audit.checked | differences: print(columns(name, audit.checked[name], differences[name]))
    for name, sentence in audit.found[:25]: print(f"{name}: {sentence}"[:600])
    sys.exit(1 if audit.found else 0)

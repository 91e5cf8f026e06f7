"""Decides the sales of this example apart from the product, and counts what there is to see."""
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

WINDOW = timedelta(days=30)
LOOK_BACK = WINDOW + timedelta(days=7)
LARGE_ORDER = Decimal("10000.00")
GATES = ["window_elapsed", "partner_not_active", "self_referral", "after_conversion", "bot", "consent_denied",
         "requires_click", "coupon_not_yet_valid"]


class Evidence:
    """The facts by kind and id, and each class's claims on a sale as (fact, partner, gate or None)."""

    def __init__(self, facts):
        self.of = defaultdict(dict)
        for f in facts:
            self.of[f["fact"]][f["id"]] = f
        self.left = {f["partner"]: f["at"] for f in self.of["departure"].values()}
        self.codes = {f["code"].lower(): f for f in self.of["coupon"].values()}
        self.visits = defaultdict(list)
        for f in self.of["click"].values():
            self.visits[f["visitor"]].append(f)

    def is_active(self, partner, at):
        has_left = partner in self.left and self.left[partner] <= at
        return self.of["partner"][partner]["at"] <= at and not has_left

    def is_own(self, sale, partner):
        p = self.of["partner"][partner]
        return ("account" in sale and sale["account"] == p.get("account")) or sale.get("email") == p["email"]

    def clicks(self, sale):
        now, explicit = sale["at"], sale.get("click")
        seen = [c for c in self.visits[sale["visitor"]] if now - LOOK_BACK <= c["at"] <= now]
        found = {c["id"]: c for c in sorted(seen, key=lambda c: (c["at"], c["id"]))[-50:]}
        if explicit in self.of["click"]:
            found[explicit] = self.of["click"][explicit]
        for c in found.values():
            partner = self.of["link"][c["link"]]["partner"]
            refused = c.get("consent") is False and c["id"] != explicit
            gates = [(c["at"] > now, "after_conversion"), (now >= c["at"] + WINDOW, "window_elapsed"),
                     (c.get("bot"), "bot"), (refused, "consent_denied"),
                     (not self.is_active(partner, c["at"]), "partner_not_active"),
                     (not self.is_active(partner, now), "partner_not_active"),
                     (self.is_own(sale, partner), "self_referral")]
            yield c, partner, next((code for holds, code in gates if holds), None)

    def coupon(self, sale, clickers):
        c = self.codes.get(sale.get("coupon", "").lower())
        if c:
            gates = [(c["at"] > sale["at"], "coupon_not_yet_valid"),
                     (not self.is_active(c["partner"], sale["at"]), "partner_not_active"),
                     (self.is_own(sale, c["partner"]), "self_referral"),
                     (c["partner"] not in clickers, "requires_click")]
            yield c, c["partner"], next((code for holds, code in gates if holds), None)

    def bind(self, sale, bound):
        if bound:
            active = self.is_active(bound[1], sale["at"])
            gates = [(not active, "partner_not_active"), (self.is_own(sale, bound[1]), "self_referral")]
            yield *bound, next((code for holds, code in gates if holds), None)


def decide_all(facts):
    """For each sale: its source and its claims as (id, class, partner, gate)."""
    evidence, bound, decisions = Evidence(facts), {}, {}
    for sale in sorted(evidence.of["conversion"].values(), key=lambda s: (s["at"], s["id"].encode())):
        who = sale.get("customer") or sale.get("email")
        clicks = list(evidence.clicks(sale))
        coupons = list(evidence.coupon(sale, {p for _, p, gate in clicks if gate is None}))
        binds = list(evidence.bind(sale, bound.get(who)))
        best_first = sorted(clicks, key=lambda c: (c[0]["at"], c[0]["id"].encode()), reverse=True)
        classes = {"coupon": coupons, "click": best_first, "customer": binds}
        claims = [(f["id"], name, p, gate) for name, group in classes.items() for f, p, gate in group]
        standing = [c for c in claims if c[3] is None]
        source = standing[0][2] if standing else "direct"
        if binds and binds[0][2] == "partner_not_active":
            del bound[who]
        if who and who not in bound and standing:
            bound[who] = (sale, source)
        decisions[sale["id"]] = (source, claims)
    return decisions


def paid_on(sale, source_type):
    """The day its commission is paid: the 16th after the month's end that finds it approved."""
    held = timedelta(days=30 if source_type == "reseller" or Decimal(sale["amount"]) >= LARGE_ORDER else 14)
    due = sale["at"] + held
    return datetime(due.year + due.month // 12, due.month % 12 + 1, 16)


def statistics(facts, decisions, rows, skipped):
    sales = {f["id"]: f for f in facts if f["fact"] == "conversion"}
    refunds = [f for f in facts if f["fact"] == "refund"]
    matched = [f for f in refunds if f["of"] in sales]
    types = {f["id"]: f["type"] for f in facts if f["fact"] == "partner"}

    def is_late(refund):
        source = decisions[refund["of"]][0]
        return source != "direct" and refund["at"] > paid_on(sales[refund["of"]], types[source])

    partners = lambda claims, all: {p for _, _, p, gate in claims if all or gate is None}
    count = lambda test: sum(1 for source, claims in decisions.values() if test(source, claims))
    return {
        "rows": rows, "skipped": dict(skipped), "facts": dict(Counter(f["fact"] for f in facts)),
        "refunds": {
            "matched": len(matched), "unmatched": len(refunds) - len(matched),
            "after_payout": sum(1 for f in matched if is_late(f))},
        "claims_of_two_or_more_partners": count(lambda _, claims: len(partners(claims, True)) > 1),
        "standing_claims_of_two_or_more_partners": count(lambda _, claims: len(partners(claims, False)) > 1),
        "orders_per_gate": {g: count(lambda _, claims: any(c[3] == g for c in claims)) for g in GATES},
        "orders_won_by": dict(Counter(next((c[1] for c in claims if c[3] is None), "direct")
                                      for _, claims in decisions.values())),
        "direct": count(lambda source, _: source == "direct")}


def too_tame(counts):
    """What the history fails to have enough of. The share is of every line of the file, left-out ones too."""
    if counts["standing_claims_of_two_or_more_partners"] < 0.3 * counts["rows"]:
        yield "fewer than 30 % of the orders have claims of two partners"
    if counts["refunds"]["after_payout"] < 100:
        yield "fewer than 100 refunds come after payout"
    yield from (f"fewer than 200 orders fall to {g}" for g, n in counts["orders_per_gate"].items() if n < 200)

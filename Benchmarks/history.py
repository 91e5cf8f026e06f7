"""Made-up history as NDJSON facts: partners with a link each, clicks, and conversions that name a click."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

NOW = datetime.now(timezone.utc)
PARTNERS = 100
CLICKS = 20_000


def write_people(path: Path) -> None:
    at = stamp(days_ago=60)
    with path.open("w") as file:
        for n in range(PARTNERS):
            put(file, fact="partner", id=f"p-{n:03}", at=at, type="affiliate", name=f"Partner {n}")
            put(file, fact="link", id=f"l-{n:03}", at=at, partner=f"p-{n:03}", slug=f"go-{n:03}",
                destination="https://shop.test/")


def write_clicks(path: Path, count: int) -> None:
    """Spread over ten days that ended two days ago, so that each can still win a sale now."""
    with path.open("w") as file:
        for n in range(count):
            put(file, fact="click", id=f"k-{n:06}", at=stamp(12 - 10 * n / count), link=f"l-{n % PARTNERS:03}",
                visitor=f"v-{n:06}", sub1="newsletter")


def write_conversions(path: Path, count: int, clicks: int) -> None:
    """Each customer buys an hour after the click and, where `count` allows, again a day later."""
    with path.open("w") as file:
        for n in range(count):
            who, again = n % clicks, n // clicks
            put(file, fact="conversion", id=f"c-{n:07}", at=stamp(12 - 10 * who / clicks - 1 / 24 - again),
                event="sale", amount=f"{10 + n % 90}.{n % 100:02}", currency="USD", click=f"k-{who:06}",
                visitor=f"v-{who:06}", customer=f"u-{who:06}")


def stamp(days_ago: float) -> str:
    at = NOW - timedelta(days=days_ago)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def put(file, **fact) -> None:
    file.write(json.dumps(fact, separators=(",", ":")) + "\n")

"""What we compare with: the service a small team writes, FastAPI on two workers with a pool of connections.

It reads and checks the same body and runs the same statements, one transaction a request.
"""

import itertools
import json
import os
from contextlib import asynccontextmanager
from decimal import Decimal

from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

STATEMENTS = json.load(open(os.environ["STATEMENTS"]))
counter = itertools.count()
pool = AsyncConnectionPool(min_size=8, max_size=8, open=False)


@asynccontextmanager
async def life(_):
    async with pool:
        yield


app = FastAPI(lifespan=life)


class Conversion(BaseModel):
    id: str
    event: str
    amount: Decimal
    currency: str
    click: str | None = None
    customer: str | None = None


@app.get("/healthz")
async def health():
    return {}


@app.post("/v1/conversions", status_code=201)
async def record(conversion: Conversion):
    # Sixteen digits, apart from pgbench's, which begin with 1.
    base = 2 * 10**15 + (os.getpid() * 10**7 + next(counter)) * 64
    async with pool.connection() as connection:
        for sql, values in STATEMENTS:
            given = [v["prefix"] + str(base + v["fresh"]) if isinstance(v, dict) else v for v in values]
            cursor = await connection.execute(sql, given)
            if cursor.description:
                await cursor.fetchall()
    return {"id": conversion.id}

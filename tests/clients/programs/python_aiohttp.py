# client: aiohttp (Python)
# packages: aiohttp
# variables: HTTPS_PROXY SSL_CERT_FILE
# caveat: takes the proxy from the environment only in a session with trust_env=True
"""Several requests at once, with no credential."""

import asyncio
import os

import aiohttp

QUERIES = "https://bigquery.googleapis.com/bigquery/v2/projects/foo-project/queries"
QUERY = {"query": "SELECT COUNT(*) AS n FROM hoge_dataset.fuga_table", "useLegacySql": False}


async def query(session):
    async with session.post(QUERIES, json=QUERY) as answer:
        assert (await answer.json())["rows"][0]["f"][0]["v"] == "5"


async def mirror(session):
    body = os.urandom(300_000)
    async with session.post("https://echo.googleapis.com/mirror", data=body) as answer:
        assert await answer.read() == body


async def main():
    print("version:", "aiohttp", aiohttp.__version__)
    async with aiohttp.ClientSession(trust_env=True) as session:
        await asyncio.gather(*[query(session) for _ in range(10)], *[mirror(session) for _ in range(10)])
    print("got: 10 queries and 10 bodies up and down, all at once")


asyncio.run(main())

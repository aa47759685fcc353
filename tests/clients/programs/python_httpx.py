# client: httpx (Python), HTTP/1.1 and HTTP/2
# packages: httpx[http2]
# variables: HTTPS_PROXY SSL_CERT_FILE
# caveat: offers http/1.1 before h2; the proxy chooses by its own order
"""No credential and no library of Google's: a query, and a body up and down."""

import os

import httpx

QUERIES = "https://bigquery.googleapis.com/bigquery/v2/projects/foo-project/queries"
QUERY = {"query": "SELECT COUNT(*) AS n FROM hoge_dataset.fuga_table", "useLegacySql": False}


def main():
    print("version:", "httpx", httpx.__version__)
    versions = []
    for http2 in (False, True):
        with httpx.Client(http2=http2, timeout=60) as client:
            answer = client.post(QUERIES, json=QUERY)
            assert answer.json()["rows"][0]["f"][0]["v"] == "5", answer.text
            versions.append(answer.http_version)
            body = os.urandom(2_000_000)
            back = client.post("https://echo.googleapis.com/mirror", content=body).content
            assert back == body
    assert versions == ["HTTP/1.1", "HTTP/2"], versions
    print("got: 5 rows and 2 MB up and down over", " and ".join(versions))


main()

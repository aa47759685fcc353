#!/usr/bin/env bash
# client: curl, HTTP/1.1
# needs: curl sha256sum
# variables: HTTPS_PROXY CURL_CA_BUNDLE
set -euo pipefail

# curl VERSION-FLAG checks: a query, a download, an upload with Expect, one of unknown length.
flag=${1:---http1.1}
version=1.1
[ "$flag" = --http1.1 ] || version=2
call() { curl -sS "$flag" --fail-with-body -w '%{stderr}%{http_version}\n' "$@" 2>>versions; }
digest() { sha256sum | cut -d ' ' -f 1; }

printf 'version: %s\n' "$(curl --version | head -n 1 | cut -d ' ' -f 1,2)"
call -H 'Content-Type: application/json' \
  -d '{"query":"SELECT COUNT(*) AS n FROM hoge_dataset.fuga_table","useLegacySql":false}' \
  https://bigquery.googleapis.com/bigquery/v2/projects/foo-project/queries | grep -q '"v": *"5"'
head -c 3000000 /dev/zero | tr '\0' '\170' >body
[ "$(call -T body https://echo.googleapis.com/mirror | digest)" = "$(digest <body)" ]
[ "$(call -T - https://echo.googleapis.com/mirror <body | digest)" = "$(digest <body)" ]
[ "$(call https://echo.googleapis.com/bytes/5000000 | wc -c)" = 5000000 ]
[ "$(sort -u versions)" = "$version" ] || { printf 'HTTP versions: %s\n' "$(sort versions | uniq -c)"; exit 1; }
printf 'got: 5 rows, 2 × 3 MB up and down, 5 MB down over HTTP/%s\n' "$version"

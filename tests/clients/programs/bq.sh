#!/usr/bin/env bash
# client: bq (Google Cloud SDK)
# needs: bq
# variables: HTTPS_PROXY CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE GCE_METADATA_ROOT CLOUDSDK_CORE_PROJECT
# caveat: reads no other CA variable
set -euo pipefail

printf 'version: bq %s\n' "$(bq version 2>/dev/null | grep -oE '[0-9][0-9.]+' | head -n 1)"
bq ls | grep -q hoge_dataset
bq ls hoge_dataset | grep -q fuga_table
bq show --format=prettyjson hoge_dataset.fuga_table | grep -q '"numRows": "5"'
bq head --format=csv -n 2 hoge_dataset.fuga_table | grep -q ,
bq query --use_legacy_sql=false --format=csv \
  'SELECT COUNT(*) AS n FROM hoge_dataset.fuga_table' | grep -qx 5
printf '1,a\n2,b\n3,c\n' >rows.csv
bq load --replace --source_format=CSV hoge_dataset.loaded_by_bq rows.csv id:INTEGER,name:STRING
bq head --format=csv hoge_dataset.loaded_by_bq | grep -qx 3,c
printf 'got: ls, show, head, query, load\n'

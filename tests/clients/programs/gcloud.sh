#!/usr/bin/env bash
# client: gcloud and gcloud storage
# needs: gcloud
# variables: HTTPS_PROXY CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE GCE_METADATA_ROOT CLOUDSDK_CORE_PROJECT
# caveat: remembers for ten minutes whether there was a metadata server: start the proxy first
set -euo pipefail

printf 'version: gcloud %s\n' "$(gcloud version 2>/dev/null | sed -n 's/^Google Cloud SDK //p')"
gcloud auth list --format='value(account)' | grep -q access-from-aws@foo-project
head -c 300000 /dev/urandom >object
gcloud storage cp object gs://foo-bucket/gcloud/object
gcloud storage ls gs://foo-bucket/gcloud/ | grep -q gs://foo-bucket/gcloud/object
gcloud storage cp gs://foo-bucket/gcloud/object back
cmp object back
gcloud storage rm gs://foo-bucket/gcloud/object
printf 'got: the account, 300 kB up and down, ls, rm\n'

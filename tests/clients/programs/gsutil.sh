#!/usr/bin/env bash
# client: gsutil
# needs: gsutil
# variables: HTTPS_PROXY CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE GCE_METADATA_ROOT CLOUDSDK_CORE_PROJECT
# caveat: without GCE_METADATA_ROOT it works anonymously and adds an API key to every URL
set -euo pipefail

printf 'version: %s\n' "$(gsutil version | sed 's/ version: / /')"
head -c 300000 /dev/urandom >object
gsutil -q cp object gs://foo-bucket/gsutil/object
gsutil ls gs://foo-bucket/gsutil/ | grep -q gs://foo-bucket/gsutil/object
gsutil -q cp gs://foo-bucket/gsutil/object back
cmp object back
gsutil -q rm gs://foo-bucket/gsutil/object
printf 'got: 300 kB up and down, ls, rm\n'

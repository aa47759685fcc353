#!/usr/bin/env bash
# client: rclone, Google Cloud Storage
# needs: rclone
# variables: HTTPS_PROXY SSL_CERT_FILE GCE_METADATA_HOST
set -euo pipefail

export RCLONE_CONFIG=$PWD/rclone.conf RCLONE_CONFIG_FOO_TYPE='google cloud storage'
export RCLONE_CONFIG_FOO_ENV_AUTH=true RCLONE_CONFIG_FOO_BUCKET_POLICY_ONLY=true
touch rclone.conf
printf 'version: %s\n' "$(rclone version | head -n 1)"
mkdir up
head -c 300000 /dev/urandom >'up/object with + and %'
rclone copy up foo:foo-bucket/rclone
rclone lsf foo:foo-bucket/rclone | grep -qx 'object with + and %'
rclone copy foo:foo-bucket/rclone down
cmp up/* down/*
rclone purge foo:foo-bucket/rclone
printf 'got: 300 kB up and down, lsf, purge\n'

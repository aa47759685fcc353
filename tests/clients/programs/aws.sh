#!/usr/bin/env bash
# client: aws (AWS CLI), a bystander
# needs: aws
# variables: HTTPS_PROXY NO_PROXY
# platform: aws
# caveat: with HTTP_PROXY set it would send its metadata requests to the proxy
set -euo pipefail

printf 'version: %s\n' "$(aws --version | cut -d ' ' -f 1 | tr / ' ')"
export AWS_MAX_ATTEMPTS=1
# Its TLS goes through the proxy unseen: only AWS's certificate is trusted here.
tunnelled() {
  aws sts get-caller-identity --query Arn --output text >arn
  grep -q assumed-role/ecs-task-role arn || { cat arn; exit 1; }
}

if [ -z "${HTTPS_PROXY:-}" ]; then
  tunnelled
  printf 'got: a tunnel, its own identity, AWS'"'"'s certificate\n'
  exit
fi
# With the block as it is, AWS names never reach the proxy, which knows where the sandbox's STS is.
if aws sts get-caller-identity >answer 2>&1; then
  printf 'NO_PROXY has no effect\n'
  exit 1
fi
grep -q 'Could not connect to the endpoint URL' answer || { cat answer; exit 1; }
# Where NO_PROXY was forgotten:
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
tunnelled
printf 'got: past the proxy by NO_PROXY; without that a tunnel, its own identity, AWS'"'"'s certificate\n'

#!/usr/bin/env bash
# client: curl, HTTP/2
# needs: curl sha256sum
# variables: HTTPS_PROXY CURL_CA_BUNDLE
exec bash "$(dirname "$0")/curl_h1.sh" --http2

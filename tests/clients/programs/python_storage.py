# client: google-cloud-storage (Python)
# packages: google-cloud-storage
# variables: HTTPS_PROXY NO_PROXY REQUESTS_CA_BUNDLE GCE_METADATA_HOST GCE_METADATA_IP
"""Objects up and down: in one request, and by a resumable upload in chunks."""

import os
from importlib.metadata import version

from google.cloud import storage


def up_and_down(blob, size):
    content = os.urandom(size)
    blob.upload_from_string(content)
    assert blob.download_as_bytes() == content, f"{size} bytes"


def main():
    print("version:", "google-cloud-storage", version("google-cloud-storage"))
    bucket = storage.Client().bucket("foo-bucket")
    up_and_down(bucket.blob("python/small"), 1000)
    up_and_down(bucket.blob("python/large object+%", chunk_size=1 << 20), 5_000_000)
    print("got: 1 kB in one request, 5 MB in chunks, both the same again")


main()

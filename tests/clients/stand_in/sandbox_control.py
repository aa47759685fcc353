"""What a stand-in asks of a running wif-sandbox, by its control interface (tests/sandbox/control.h)."""

import json
import urllib.request


class SandboxControl:
    def __init__(self, url):
        self._url = url
        # The environment may name a proxy, and this is no traffic for it.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def _call(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with self._opener.open(self._url + path, data, timeout=30) as answer:
            return json.load(answer)

    def places(self):
        """Addresses and files, as wif-sandbox printed them at its start."""
        return self._call("/")

    def issue(self, names):
        """(certificate, key) in PEM, signed by the sandbox's CA."""
        leaf = self._call("/issue", {"names": names})
        return leaf["certificate"].encode(), leaf["key"].encode()

    def accepts(self, authorization):
        """Whether an API of the sandbox would accept this Authorization."""
        return self._call("/check-token", {"authorization": authorization})["valid"]

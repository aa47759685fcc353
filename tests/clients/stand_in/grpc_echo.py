"""wif.sandbox.Echo: every kind of gRPC call on plain bytes, so that no client needs generated code.

  Unary         bytes -> the same bytes
  ServerStream  {"count":N,"size":S} -> N messages of S bytes (known_content)
  ClientStream  messages -> {"messages":N,"bytes":B,"sha256":H}
  Bidi          messages -> each one back as it arrives
  Fail          {"code":N,"details":D} -> that status, with two messages before it when "after" is
                set, and trailers echo-trailer, echo-trailer-bin, grpc-status-details-bin
  Wait          {"seconds":S} -> the rest of the deadline as the server saw it, after S seconds
  Hang          anything -> one message, then silence until the client goes away
  Counters      -> {"cancelled":N,"accepted":N,"refused":N}
  Seen          -> {name: [values]} the metadata of this call, no value of authorization
"""

import hashlib
import json
import threading
import time

import grpc

SERVICE = "wif.sandbox.Echo"


def known_content(size):
    """The first bytes that /bytes of the sandbox's echo sends as well."""
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


def _json(value):
    return json.dumps(value).encode()


def _unary(request, unused_context):
    return request


def _server_stream(request, unused_context):
    wanted = json.loads(request)
    message = known_content(wanted["size"])
    for _ in range(wanted["count"]):
        yield message


def _client_stream(requests, unused_context):
    count = size = 0
    digest = hashlib.sha256()
    for message in requests:
        count += 1
        size += len(message)
        digest.update(message)
    return _json({"messages": count, "bytes": size, "sha256": digest.hexdigest()})


def _bidi(requests, unused_context):
    yield from requests


def _fail(request, context):
    wanted = json.loads(request)
    if wanted.get("after"):
        yield b"first"
        yield b"second"
    context.set_trailing_metadata(
        (
            ("echo-trailer", "text of a trailer"),
            ("echo-trailer-bin", bytes(range(16))),
            ("grpc-status-details-bin", _json(wanted)),
        )
    )
    code = next(code for code in grpc.StatusCode if code.value[0] == wanted["code"])
    context.abort(code, wanted["details"])


def _wait(request, context):
    remaining = context.time_remaining()
    time.sleep(json.loads(request)["seconds"])
    return _json({"remaining": remaining})


def _seen(unused_request, context):
    seen = {}
    for name, value in context.invocation_metadata():
        shown = value.hex() if isinstance(value, bytes) else value
        seen.setdefault(name, []).append("..." if name == "authorization" else shown)
    return _json(seen)


class Echo:
    def __init__(self, token_check):
        self._token_check = token_check
        self._lock = threading.Lock()
        self._cancelled = 0

    def _count_cancellation(self):
        with self._lock:
            self._cancelled += 1

    def _hang(self, unused_request, context):
        gone = threading.Event()
        # Called at the end of a call, and this one has no other end. Counted there: a generator
        # whose client is gone is not always resumed.
        context.add_callback(self._count_cancellation)
        context.add_callback(gone.set)
        yield b"started"
        gone.wait()

    def _counters(self, unused_request, unused_context):
        with self._lock:
            return _json({"cancelled": self._cancelled, **self._token_check.counts()})

    def handler(self):
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Unary": grpc.unary_unary_rpc_method_handler(_unary),
                "ServerStream": grpc.unary_stream_rpc_method_handler(_server_stream),
                "ClientStream": grpc.stream_unary_rpc_method_handler(_client_stream),
                "Bidi": grpc.stream_stream_rpc_method_handler(_bidi),
                "Fail": grpc.unary_stream_rpc_method_handler(_fail),
                "Wait": grpc.unary_unary_rpc_method_handler(_wait),
                "Hang": grpc.unary_stream_rpc_method_handler(self._hang),
                "Counters": grpc.unary_unary_rpc_method_handler(self._counters),
                "Seen": grpc.unary_unary_rpc_method_handler(_seen),
            },
        )

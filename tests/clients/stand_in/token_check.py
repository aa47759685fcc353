"""Refuses every call without exactly one valid token, before any byte of an answer."""

import threading

import grpc

REFUSAL = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
    "other valid authentication credential."
)


def _refuse(unused_request, context):
    # No message and no initial metadata went out: the client gets a trailers-only answer.
    context.abort(grpc.StatusCode.UNAUTHENTICATED, REFUSAL)


def _refusing(handler):
    """A handler of the same kind, because the kind decides how the request is read."""
    if handler.request_streaming and handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(_refuse)
    if handler.request_streaming:
        return grpc.stream_unary_rpc_method_handler(_refuse)
    if handler.response_streaming:
        return grpc.unary_stream_rpc_method_handler(_refuse)
    return grpc.unary_unary_rpc_method_handler(_refuse)


class TokenCheck(grpc.ServerInterceptor):
    def __init__(self, control):
        self._control = control
        self._lock = threading.Lock()
        self._counts = {"accepted": 0, "refused": 0}

    def counts(self):
        with self._lock:
            return dict(self._counts)

    def intercept_service(self, continuation, details):
        handler = continuation(details)
        if handler is None:
            return None
        fields = [value for name, value in details.invocation_metadata if name == "authorization"]
        good = len(fields) == 1 and self._control.accepts(fields[0])
        with self._lock:
            self._counts["accepted" if good else "refused"] += 1
        return handler if good else _refusing(handler)

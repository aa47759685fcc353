# client: grpcio (Python), any gRPC service
# packages: grpcio
# variables: https_proxy GRPC_DEFAULT_SSL_ROOTS_FILE_PATH
# caveat: reads the lower-case proxy variable only, and no other CA variable
# uses: grpc
"""Every kind of call on the echo service, with no credential of its own."""

import hashlib
import json
import time

import grpc

SERVICE = "/wif.sandbox.Echo/"
UNLIMITED = [("grpc.max_receive_message_length", -1)]


def check(good, what):
    if not good:
        raise SystemExit(f"wrong: {what}")


def unary(channel):
    call = channel.unary_unary(SERVICE + "Unary")
    for size in (0, 1, 65536, 3_000_000):
        body = bytes(index % 251 for index in range(size))
        check(call(body, timeout=60) == body, f"unary of {size} bytes")


def server_stream(channel):
    request = json.dumps({"count": 200, "size": 50_000}).encode()
    count = size = 0
    for message in channel.unary_stream(SERVICE + "ServerStream")(request, timeout=60):
        count += 1
        size += len(message)
    check((count, size) == (200, 10_000_000), f"{count} messages, {size} bytes")


def client_stream(channel):
    messages = [bytes([index % 256]) * 40_000 for index in range(150)]
    answer = json.loads(channel.stream_unary(SERVICE + "ClientStream")(iter(messages), timeout=60))
    digest = hashlib.sha256(b"".join(messages)).hexdigest()
    check(answer == {"messages": 150, "bytes": 6_000_000, "sha256": digest}, answer)


def bidi(channel):
    # Each message waits for the answer to the one before: nothing may be held back on the way.
    answers = []

    def turns():
        for index in range(50):
            while len(answers) < index:
                time.sleep(0.001)
            yield b"%d" % index

    for answer in channel.stream_stream(SERVICE + "Bidi")(turns(), timeout=60):
        answers.append(answer)
    check(answers == [b"%d" % index for index in range(50)], answers)


def failure(channel):
    for after in (False, True):
        wanted = {"code": 9, "details": "not in this state: ü", "after": after}
        call = channel.unary_stream(SERVICE + "Fail")(json.dumps(wanted).encode(), timeout=60)
        messages = []
        try:
            messages.extend(call)
            check(False, "a call that fails came to a good end")
        except grpc.RpcError:
            pass
        trailers = dict(call.trailing_metadata())
        check(call.code() == grpc.StatusCode.FAILED_PRECONDITION, call.code())
        check(call.details() == wanted["details"], call.details())
        check(trailers["echo-trailer"] == "text of a trailer", trailers)
        check(trailers["echo-trailer-bin"] == bytes(range(16)), trailers)
        check(json.loads(trailers["grpc-status-details-bin"]) == wanted, trailers)


def deadline(channel):
    call = channel.unary_unary(SERVICE + "Wait")
    remaining = json.loads(call(b'{"seconds":0}', timeout=50))["remaining"]
    check(40 < remaining < 52, f"the server saw {remaining} s of 50")
    try:
        call(b'{"seconds":3}', timeout=0.5)
        check(False, "a call outlived its deadline")
    except grpc.RpcError as error:
        check(error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error)


def cancelled(channel):
    return json.loads(channel.unary_unary(SERVICE + "Counters")(b"", timeout=60))["cancelled"]


def cancellation(channel):
    before = cancelled(channel)
    calls = [channel.unary_stream(SERVICE + "Hang")(b"", timeout=60) for _ in range(5)]
    for call in calls:
        check(next(call) == b"started", "the first message")
        call.cancel()
    # The service hears of it by a reset of the stream, at any time after this.
    end = time.monotonic() + 60
    while cancelled(channel) < before + 5:
        check(time.monotonic() < end, f"{cancelled(channel) - before} of 5 cancellations arrived")
        time.sleep(0.02)


def metadata(channel):
    call = channel.unary_unary(SERVICE + "Seen")
    sent = (("x-goog-request-params", "a=b%2Fc"), ("some-bin", b"\0\1\xff"), ("twice", "1"), ("twice", "2"))
    seen = json.loads(call(b"", timeout=60, metadata=sent + (("authorization", "Bearer mine"),)))
    check(seen["x-goog-request-params"] == ["a=b%2Fc"], seen)
    check(seen["some-bin"] == ["0001ff"], seen)
    check(seen["twice"] in (["1", "2"], ["1, 2"], ["1,2"]), seen)
    check(len(seen["authorization"]) == 1, seen)


def main():
    print("version:", "grpcio", grpc.__version__, flush=True)
    channel = grpc.secure_channel(
        "bigquerystorage.googleapis.com:443", grpc.ssl_channel_credentials(), UNLIMITED
    )
    steps = (unary, server_stream, client_stream, bidi, failure, deadline, cancellation, metadata)
    for step in steps:
        step(channel)
    print("got:", ", ".join(step.__name__.replace("_", " ") for step in steps))


main()

#!/usr/bin/env python3
"""Writes the seeds of fuzz_h2_session, fuzz_h2_client (h2_script.h has their form) and fuzz_h2_to_h1."""
import pathlib
import re

HERE = pathlib.Path(__file__).parent
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
RUN, RELEASE, EXPIRE, SHUTDOWN, STALL, HALF_CLOSE, OPEN = range(0x10, 0x17)
MADE = 0x80
END_STREAM, END_HEADERS, PADDED, ACK = 1, 4, 8, 1
RAW, LARGE, PIECES, ACKNOWLEDGE, SILENT, POLITE = 1, 2, 4, 8, 16, 32
USUAL = PIECES | ACKNOWLEDGE

TABLE = re.search(r"kFields\[\] = \{(.*?)\n\};", (HERE / "h2_script.h").read_text(), re.S)[1]
NAMES = re.findall(r'\{"([^"]*)", (?:std::string_view\()?"([^"]*)"', TABLE)
LARGE_FIELD = 0xFF


def step(kind, flags=0, stream=0, payload=b""):
    return bytes([kind, flags, stream, len(payload)]) + payload


def fields(*wanted):
    """Numbers of "name value" in kFields, and numbers as they are."""
    return bytes(w if isinstance(w, int) else NAMES.index(tuple(w.split(" ", 1))) for w in wanted)


def script(mode, plans, *steps):
    return bytes([mode]) + bytes(plans) + b"".join(steps)


def head(stream, end, *wanted, flags=END_HEADERS):
    return step(HEADERS | MADE, flags | (END_STREAM if end else 0), stream, fields(*wanted))


TARGET = (":scheme https", ":authority a.example", ":path /a?b")


def get(stream, *more):
    return head(stream, True, ":method GET", *TARGET, *more)


def post(stream, *more):
    return head(stream, False, ":method POST", *TARGET, *more)


def word(number):
    return number.to_bytes(4, "big")


def plan(reading=2, answer=1, fault=0, waits=0, other=0):
    return reading | answer << 2 | fault << 4 | waits << 6 | other << 7


READS = [plan()] * 4
LONG = [plan(3, 2)] * 4
WAITS = [plan(waits=1)] * 4
FRAME_OF_SETTINGS = bytes([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0])
REQUEST = bytes([0, 0, 5, HEADERS, 5, 0, 0, 0, 1, 0x82, 0x87, 0x84, 0x41, 0x00])

SERVER = {
    "get": script(USUAL, READS, get(1), get(3)),
    "post_length": script(USUAL, READS, post(1, "content-length 5"), step(DATA, END_STREAM, 1, b"hello")),
    "post_length_differs": script(USUAL, READS, post(1, "content-length 5"), step(DATA, END_STREAM, 1, b"hell")),
    "post_trailers": script(USUAL, [plan(3, 3)] * 4, post(1), step(DATA, 0, 1, b"hello"), head(1, True, "x-trailer 1")),
    "padded": script(USUAL, READS, post(1), step(DATA, END_STREAM | PADDED, 1, b"\x02hello\0\0")),
    "upload": script(USUAL | LARGE, LONG, post(1), *[step(DATA | MADE, 0, 1, b"data")] * 6, step(DATA, END_STREAM, 1)),
    "window_overrun": script(USUAL, [plan(0, waits=1)] * 4, post(1), *[step(DATA | MADE, 0, 1, b"data")] * 3),
    "continuation": script(
        USUAL, READS, head(1, True, ":method GET", ":scheme https", flags=0),
        step(CONTINUATION | MADE, 0, 1, fields(":authority a.example")),
        step(CONTINUATION | MADE, END_HEADERS, 1, fields(":path /a?b"))),
    "continuations": script(
        USUAL, READS, head(1, True, ":method GET", *TARGET, flags=0),
        *[step(CONTINUATION | MADE, 0, 1, fields("x-empty "))] * 5),
    "large_head": script(USUAL, READS, get(1, LARGE_FIELD), get(3)),
    "many_fields": script(USUAL, READS, get(1, *["cookie a=b"] * 14), get(3, "cookie a=b", "cookie a=b")),
    "bad_fields": script(
        USUAL, READS, get(1, "X-Upper a"), get(3, "x-line a\\r\\nb"), get(5, "connection host"),
        get(7, "transfer-encoding chunked"), get(9, "host b.example"), get(11, "x-space  a")),
    "refused_heads": script(
        USUAL, READS, get(1, "expect more"), head(3, True, ":method GET", ":scheme http", *TARGET[1:]),
        head(5, False, ":method CONNECT", ":authority a.example"), get(7, "host a.example", "te trailers")),
    "opened_and_reset": script(ACKNOWLEDGE, READS, *[get(i) + step(RESET, 0, i, word(8)) for i in range(1, 19, 2)]),
    "reset_while_waiting": script(USUAL, WAITS, post(1), step(RESET, 0, 1, word(8)), get(3), step(RELEASE)),
    "many_streams": script(USUAL, WAITS, *[get(i) for i in range(1, 23, 2)], step(RELEASE)),
    "long_answer": script(
        USUAL, LONG, get(1), get(3), *[step(WINDOW, 0, i, word(65535)) for i in (0, 1, 3)], step(RUN),
        step(WINDOW, 0, 1, word(0x7FFFFFFF))),
    "peer_reads_nothing": script(USUAL, LONG, step(STALL), get(1), *[step(PING, 0, 0, b"12345678")] * 12, step(EXPIRE)),
    "settings": script(
        USUAL, LONG, step(SETTINGS, 0, 0, b"\0\4" + word(0) + b"\0\1" + word(0)), get(1),
        step(SETTINGS, 0, 0, b"\0\4" + word(1000) + b"\0\5" + word(20000))),
    "glitches": script(
        USUAL, READS, post(1), *[step(DATA, 0, 1) + step(PRIORITY, 0, 5, word(3) + b"\1")] * 4,
        *[step(PING, 0, 0, b"12345678")] * 9),
    "goaway": script(USUAL, WAITS, get(1), step(GOAWAY, 0, 0, word(0) + word(0)), get(3), step(RELEASE)),
    "shutdown": script(
        USUAL, WAITS, get(1), step(SHUTDOWN), get(3), step(PING, ACK, 0, bytes(8)), step(RELEASE), get(5)),
    "expiry": script(USUAL, [plan(2), plan(0, 2), plan(3, 2), plan(1)], post(1), get(3), post(5), step(EXPIRE)),
    "half_close": script(USUAL, READS, post(1), step(HALF_CLOSE)),
    "interim_reset_throw": script(
        USUAL, [plan(fault=1), plan(fault=2), plan(3, fault=3), plan(other=1)],
        post(1, "expect 100-continue"), post(3), post(5), get(7), step(DATA, END_STREAM, 1, b"a"), get(9)),
    "misdirected": script(USUAL, [plan(other=1)] * 4, get(1), get(3), get(5), step(PING, ACK, 0, bytes(8)), get(7)),
    "passed_over": script(USUAL, READS, get(1), get(9), get(5)),
    "unfinished_head": script(USUAL, READS, head(1, True, ":method GET", flags=0), step(EXPIRE)),
    "silent": script(USUAL | SILENT, [plan(2), plan(3, 2), plan(0, 2), plan(1)], post(1), post(3), post(5), post(7)),
    "idle": script(USUAL | SILENT, READS, get(1)),
    "stalled_and_silent": script(USUAL | SILENT, LONG, step(STALL), get(1), step(WINDOW, 0, 0, word(300000)), step(WINDOW, 0, 1, word(300000))),
    "unread_uploads": script(
        USUAL | POLITE, [plan(0, waits=1)] * 4, *[post(i) + step(DATA | MADE, 0, i, b"data") for i in range(1, 9, 2)], step(RELEASE)),
    "many_trailers": script(
        USUAL, READS, post(1), head(1, True, *["x-trailer 1"] * 6), post(3), head(3, True, 0xE8)),
    "raw": script(RAW, READS, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + FRAME_OF_SETTINGS + REQUEST),
    "raw_pieces": script(RAW | PIECES, READS, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + FRAME_OF_SETTINGS + REQUEST),
    "http1": script(RAW, READS, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
}


def up(body=0, wait=0, end=0, head_only=0, joins=0):
    return body | wait << 2 | end << 4 | head_only << 6 | joins << 7


def ok(stream, end, *more):
    return head(stream, end, ":status 200", *more)


SIMPLE = [up()] * 4

CLIENT = {
    "answers": script(USUAL, SIMPLE, ok(1, True), ok(3, False), step(DATA, END_STREAM, 3, b"hello"), ok(5, True)),
    "length": script(USUAL, SIMPLE, ok(1, False, "content-length 5"), step(DATA, END_STREAM, 1, b"hello")),
    "length_differs": script(USUAL, SIMPLE, ok(1, False, "content-length 64"), step(DATA, END_STREAM, 1, b"hello")),
    "trailers": script(
        USUAL, [up(3)] * 4, ok(1, False), step(DATA, 0, 1, b"hello"), head(1, True, "x-trailer 1")),
    "head": script(USUAL, [up(head_only=1)] * 4, ok(1, False, "content-length 5"), step(DATA, END_STREAM, 1, b"hello")),
    "no_content": script(USUAL, SIMPLE, head(1, True, ":status 204"), head(3, False, ":status 304", "content-length 5")),
    "interim": script(
        USUAL, [up(1, 2), up(1, 3), up(1), up()], head(1, False, ":status 100"), head(3, False, ":status 103"),
        ok(1, True), ok(3, True), head(5, False, ":status 101")),
    "many_interim": script(USUAL, SIMPLE, *[head(1, False, ":status 103")] * 20, ok(1, True)),
    "early_answer": script(USUAL, [up(2), up(2, joins=1), up(2, 1), up()], ok(1, True), ok(3, True), step(RESET, 0, 3, word(0))),
    "upload": script(
        USUAL, [up(2, joins=1)] * 4, *[step(WINDOW, 0, i, word(300000)) for i in (0, 1, 3, 5)], ok(1, True), ok(3, True)),
    "download": script(
        USUAL | LARGE, SIMPLE, ok(1, False), *[step(DATA | MADE, 0, 1, b"data") + step(RUN)] * 40,
        step(DATA, END_STREAM, 1)),
    "left": script(
        USUAL, [up(end=1), up(end=2), up(end=3), up()], ok(1, False), ok(3, False), ok(5, False),
        step(DATA, 0, 1, b"a"), step(DATA, 0, 3, b"a"), step(DATA, 0, 5, b"a"), step(OPEN, up(1))),
    "refused": script(USUAL, SIMPLE, step(RESET, 0, 1, word(7)), step(RESET, 0, 3, word(2)), step(OPEN, up())),
    "goaway": script(USUAL, SIMPLE, ok(1, True), step(GOAWAY, 0, 0, word(3) + word(0)), ok(3, True), step(OPEN, up())),
    "push": script(USUAL, SIMPLE, step(PUSH | MADE, END_HEADERS, 1, fields(0))),
    "few_streams": script(USUAL, SIMPLE, step(SETTINGS, 0, 0, b"\0\3" + word(1)), ok(1, True), step(OPEN, up(2))),
    "expiry": script(USUAL, [up(), up(2), up(1, 2), up()], ok(1, False), step(EXPIRE), step(OPEN, up())),
    "abort": script(USUAL, [up(), up(2), up(), up()], ok(1, False), step(SHUTDOWN), step(OPEN, up())),
    "stall": script(USUAL, [up(2, joins=1)] * 4, step(STALL), *[step(WINDOW, 0, i, word(300000)) for i in (0, 1, 3, 5)], step(EXPIRE)),
    "half_close": script(USUAL, [up(2), up(), up(), up()], ok(3, True), step(HALF_CLOSE), step(OPEN, up())),
    "bad_fields": script(
        USUAL, SIMPLE, ok(1, True, "X-Upper a"), ok(3, True, "x-line a\\r\\nb"), ok(5, True, LARGE_FIELD),
        step(OPEN, up()), ok(7, True, "content-length 5", "content-length 64")),
    "silent": script(USUAL | SILENT, [up(), up(2), up(1, 3), up()], ok(1, False), step(OPEN, up())),
    "idle": script(USUAL | SILENT, SIMPLE, ok(1, True), ok(3, True), ok(5, True)),
    "many_trailers": script(USUAL, SIMPLE, ok(1, False), head(1, True, *["x-trailer 1"] * 6)),
    "unread": script(USUAL, [up(end=1)] * 4, ok(1, False), *[step(DATA | MADE, 0, 1, b"data")] * 4),
    "raw": script(RAW, SIMPLE, FRAME_OF_SETTINGS + bytes([0, 0, 1, HEADERS, 5, 0, 0, 0, 1, 0x88])),
}

REQUEST_LINES = (":method:POST", ":scheme:https", ":authority:a.example", ":path:/a?b")
OF_RESPONSE, OF_TRAILERS, ENDS, OURS_ONLY, TO_HEAD = 1, 2, 4, 8, 16


def section(mode, *lines):
    return bytes([mode]) + "\x1e".join(lines).encode("latin-1")


SECTIONS = {
    "get": section(ENDS, ":method:GET", *REQUEST_LINES[1:], "accept:*/*", "te:trailers"),
    "post": section(0, *REQUEST_LINES, "content-length:5", "expect:100-continue", "cookie:a=b", "cookie:c=d"),
    "host": section(ENDS, ":method:GET", ":scheme:https", ":path:/", "host:a.example"),
    "two_authorities": section(ENDS, *REQUEST_LINES, "host:b.example"),
    "options": section(ENDS, ":method:OPTIONS", *REQUEST_LINES[1:3], ":path:*"),
    "connect": section(0, ":method:CONNECT", ":authority:a.example:443"),
    "line_in_value": section(OURS_ONLY, *REQUEST_LINES, "x:a\r\nb: c"),
    "line_in_path": section(OURS_ONLY, *REQUEST_LINES[:3], ":path:/ HTTP/1.1\r\nb: c"),
    "line_in_name": section(OURS_ONLY, *REQUEST_LINES, "x\r\ny:a"),
    "upper_case": section(OURS_ONLY, *REQUEST_LINES, "Content-Length:5"),
    "chunked": section(OURS_ONLY, *REQUEST_LINES, "transfer-encoding:chunked", "connection:te"),
    "two_lengths": section(OURS_ONLY, *REQUEST_LINES, "content-length:5", "content-length:6"),
    "answer": section(OF_RESPONSE, ":status:200", "content-length:5", "content-type:text/plain"),
    "empty_answer": section(OF_RESPONSE | ENDS, ":status:200"),
    "no_content": section(OF_RESPONSE | ENDS, ":status:204"),
    "not_modified": section(OF_RESPONSE | ENDS, ":status:304", "content-length:5"),
    "interim": section(OF_RESPONSE, ":status:103", "link:</a>"),
    "answer_to_head": section(OF_RESPONSE | ENDS | TO_HEAD, ":status:200", "content-length:5"),
    "status": section(OF_RESPONSE | OURS_ONLY, ":status:1000"),
    "trailers": section(OF_TRAILERS | ENDS, "grpc-status:0", "grpc-message:"),
    "pseudo_in_trailers": section(OF_TRAILERS | ENDS, ":path:/", "a:b"),
}

for target, seeds in (("h2_session", SERVER), ("h2_client", CLIENT), ("h2_to_h1", SECTIONS)):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, bytes_of_seed in seeds.items():
        (folder / name).write_bytes(bytes_of_seed)

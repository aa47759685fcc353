"""Ours beside nginx and haproxy, each injecting the same token on the way to the same upstream.

usage: compare.py BUILD_DIRECTORY [--rounds N] [--quick]

Prints one table: CPU of the proxy (all its processes, user and system) per unit of work, because
that changes little with what else the machine does, and what it used of memory. Every target is
measured in turn within a round; the figures are medians over the rounds. Needs nginx, haproxy and
h2load (Debian: nginx-light, haproxy, nghttp2-client) and the openssl command.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HOST = "bigquery.googleapis.com"
TOKEN = "ya29." + "x" * 895
TICKS = os.sysconf("SC_CLK_TCK")

NGINX_UPSTREAM = """
daemon off; pid {work}/upstream.pid; error_log {work}/upstream.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000; http2_max_requests 1000000;
  server {{
    listen 127.0.0.1:{port} ssl http2 backlog=4096; server_name {host};
    ssl_certificate {work}/upstream.pem; ssl_certificate_key {work}/upstream.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    if ($http_authorization != "Bearer {token}") {{ return 401; }}
    root {work}/files;
  }}
}}
"""

NGINX = """
daemon off; pid {work}/nginx.pid; error_log {work}/nginx.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000; http2_max_requests 1000000;
  upstream google {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port} ssl http2 backlog=4096; server_name {host};
    ssl_certificate {work}/upstream.pem; ssl_certificate_key {work}/upstream.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    location / {{
      proxy_pass https://google; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host {host}; proxy_set_header Authorization "Bearer {token}";
      proxy_ssl_trusted_certificate {work}/ca.pem; proxy_ssl_verify on; proxy_ssl_name {host};
      proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.3; proxy_buffering off;
    }}
  }}
}}
"""

HAPROXY = """
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout client 60s
  timeout server 60s
  timeout connect 5s
  http-reuse always
frontend front
  bind 127.0.0.1:{port} ssl crt {work}/both.pem alpn h2,http/1.1 backlog 4096
  http-request set-header Authorization "Bearer {token}"
  default_backend google
backend google
  server google 127.0.0.1:{upstream} ssl verify required ca-file {work}/ca.pem sni str({host}) verifyhost {host} alpn {alpn}
"""


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificates(work):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", "/CN=bench CA", "-days", "2", "-keyout", f"{work}/ca.key", "-out", f"{work}/ca.pem")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
        f"/CN={HOST}", "-keyout", f"{work}/upstream.key", "-out", f"{work}/upstream.csr")
    (work / "san").write_text(f"subjectAltName=DNS:{HOST}\n")
    run("openssl", "x509", "-req", "-in", f"{work}/upstream.csr", "-CA", f"{work}/ca.pem", "-CAkey",
        f"{work}/ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{work}/san", "-out",
        f"{work}/upstream.pem")
    both = (work / "upstream.pem").read_text() + (work / "upstream.key").read_text()
    (work / "both.pem").write_text(both)


class Target:
    """A proxy under test: where it listens, and what it has cost so far."""

    def __init__(self, name, command, port, log):
        self.name, self.port = name, port
        self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def pids(self):
        own = self.process.pid
        children = pathlib.Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return [own] + [int(child) for child in children]

    def cpu(self):
        total = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory_mib(self):
        total = 0
        for pid in self.pids():
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            total += int(re.search(r"VmRSS:\s+(\d+)", status).group(1))
        return total / 1024

    def wait(self):
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit(f"{self.name} does not listen")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()


HANDSHAKES_AT_ONCE = 200

# name, arguments of h2load, unit: per how many requests the CPU is given
SCENARIOS = [
    ("GET 1 KiB, HTTP/1.1, 32 connections", ["--h1", "-c", "32"], "/1k", 20000, 1000),
    ("GET 64 KiB, HTTP/1.1, 8 connections", ["--h1", "-c", "8"], "/64k", 4000, 1000),
    ("GET 1 KiB, HTTP/2, 4 x 16 streams", ["-c", "4", "-m", "16"], "/1k", 20000, 1000),
    ("new connections, full handshake", ["--h1"], "/1k", 1000, 1),
]


def load(target, arguments, path, count):
    if "-c" not in arguments:
        # One connection per request; h2load opens all at once, and a proxy bounds its handshakes.
        for begun in range(0, count, HANDSHAKES_AT_ONCE):
            batch = min(HANDSHAKES_AT_ONCE, count - begun)
            load(target, arguments + ["-c", str(batch)], path, batch)
        return
    out = run("h2load", "-n", str(count), *arguments, f"--connect-to=127.0.0.1:{target.port}",
              f"https://{HOST}{path}")
    good = re.search(r"status codes: (\d+) 2xx", out)
    if not good or int(good.group(1)) != count:
        sys.exit(f"{target.name}: not every answer was 200\n{out}")


def takes_part(name, arguments):
    # haproxy with HTTP/2 behind is there to be compared where clients speak HTTP/2 as well.
    return name != "haproxy-h2" or "--h1" not in arguments


def measure(targets, rounds, divide):
    figures = {}
    for round_number in range(rounds):
        for name, arguments, path, count, unit in SCENARIOS:
            count //= divide
            for target in targets:
                if not takes_part(target.name, arguments):
                    continue
                load(target, arguments, path, max(64, count // 20))
                before = target.cpu()
                load(target, arguments, path, count)
                cost = (target.cpu() - before) * unit / count * 1000
                figures.setdefault((name, target.name), []).append(cost)
        print(f"round {round_number + 1} of {rounds}", file=sys.stderr)
    return figures


def print_table(targets, figures):
    names = [target.name for target in targets]
    print("| CPU ms per | " + " | ".join(names) + " |")
    print("|---|" + "---:|" * len(names))
    for name, _, _, _, unit in SCENARIOS:
        what = f"{name}: {unit:,} requests" if unit > 1 else f"{name}: one"
        cells = [f"{statistics.median(figures[name, each]):.2f}" if (name, each) in figures else ""
                 for each in names]
        print(f"| {what} | " + " | ".join(cells) + " |")
    print("| resident memory behind it, MiB | "
          + " | ".join(f"{target.memory_mib():.1f}" for target in targets) + " |")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    for tool in ("nginx", "haproxy", "h2load", "openssl"):
        if not shutil.which(tool):
            sys.exit(f"compare.py: {tool} is missing")
    work = pathlib.Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
    work.chmod(0o755)
    targets = []
    try:
        make_certificates(work)
        (work / "files").mkdir()
        (work / "files/1k").write_bytes(b"x" * 1024)
        (work / "files/64k").write_bytes(b"x" * 65536)
        (work / "token").write_text(TOKEN)
        (work / "token").chmod(0o600)
        ports = {name: free_port() for name in ("upstream", "nginx", "haproxy", "haproxy-h2", "ours")}
        values = {"work": work, "host": HOST, "token": TOKEN, "upstream": ports["upstream"]}

        def write(name, text, **more):
            (work / name).write_text(text.format(**{**values, **more}))
            return str(work / name)

        log = open(work / "log", "w", encoding="utf-8")
        upstream = Target("upstream", ["nginx", "-p", str(work), "-c", write(
            "upstream.conf", NGINX_UPSTREAM, port=ports["upstream"])], ports["upstream"], log)
        targets.append(upstream)
        upstream.wait()
        commands = {
            "nginx": ["nginx", "-p", str(work), "-c",
                      write("nginx.conf", NGINX, port=ports["nginx"])],
            "haproxy": ["haproxy", "-db", "-f", write(
                "haproxy.conf", HAPROXY, port=ports["haproxy"], alpn="http/1.1")],
            "haproxy-h2": ["haproxy", "-db", "-f", write(
                "haproxy-h2.conf", HAPROXY, port=ports["haproxy-h2"], alpn="h2,http/1.1")],
            "ours": [f"{arguments.build}/wif-proxy", "serve", "--listen", "127.0.0.1:0",
                     "--listen-sni", f"127.0.0.1:{ports['ours']}", "--listen-metadata", "off",
                     "--listen-admin", "off", "--token-file", f"{work}/token", "--upstream-ca",
                     f"{work}/ca.pem", "--ca-export-dir", f"{work}/export", "--connect-to",
                     f"{HOST}:443:127.0.0.1:{ports['upstream']}", "--threads", "1",
                     "--no-access-log"],
        }
        for name, command in commands.items():
            targets.append(Target(name, command, ports[name], log))
            targets[-1].wait()
        under_test = targets[1:]
        figures = measure(under_test, 1 if arguments.quick else arguments.rounds,
                          10 if arguments.quick else 1)
        print_table(under_test, figures)
    finally:
        for target in targets:
            target.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()

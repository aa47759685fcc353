# packages: grpcio google-cloud-bigquery-storage pyarrow
"""bigquerystorage.googleapis.com for the sandbox: the Storage Read API and a gRPC echo, over TLS.

usage: storage_read_server.py CONTROL_URL

CONTROL_URL is that of a running wif-sandbox. Prints one line of JSON with the port on 127.0.0.1 and
serves until it is killed. Needs grpcio, google-cloud-bigquery-storage and pyarrow.
"""

import json
import pathlib
import sys
from concurrent import futures

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).parent / "stand_in"))
# pylint: disable=wrong-import-position
from arrow_tables import Tables  # noqa: E402
from grpc_echo import Echo  # noqa: E402
from sandbox_control import SandboxControl  # noqa: E402
from storage_read import StorageRead  # noqa: E402
from token_check import TokenCheck  # noqa: E402

HOST = "bigquerystorage.googleapis.com"


def main():
    control = SandboxControl(sys.argv[1])
    places = control.places()
    check = TokenCheck(control)
    certificate, key = control.issue([HOST, "localhost", "127.0.0.1"])
    # A call that hangs on purpose holds a thread, so there are more than any test has calls.
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=128),
        interceptors=[check],
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    tables = Tables(places["google_apis"], places["files"]["ca.pem"])
    server.add_generic_rpc_handlers((Echo(check).handler(), StorageRead(tables).handler()))
    port = server.add_secure_port(
        "127.0.0.1:0", grpc.ssl_server_credentials([(key, certificate)])
    )
    server.start()
    print(json.dumps({"host": HOST, "port": port}), flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()

# client: google-cloud-bigquery-storage (Python)
# packages: google-cloud-bigquery-storage grpcio pyarrow
# variables: HTTPS_PROXY https_proxy NO_PROXY GRPC_DEFAULT_SSL_ROOTS_FILE_PATH GCE_METADATA_HOST GCE_METADATA_IP REQUESTS_CA_BUNDLE
# uses: grpc
"""Reads the table in several streams, in part, and from an offset."""

from importlib.metadata import version

from google.api_core.exceptions import NotFound
from google.cloud import bigquery_storage

PARENT = "projects/foo-project"
TABLE = PARENT + "/datasets/hoge_dataset/tables/fuga_table"


def session(client, columns=(), streams=1, table=TABLE):
    return client.create_read_session(
        parent=PARENT,
        read_session=bigquery_storage.types.ReadSession(
            table=table,
            data_format=bigquery_storage.types.DataFormat.ARROW,
            read_options={"selected_fields": list(columns)},
        ),
        max_stream_count=streams,
    )


def rows(client, stream, offset=0):
    return client.read_rows(stream.name, offset=offset).to_arrow().to_pylist()


def main():
    print("version:", "google-cloud-bigquery-storage", version("google-cloud-bigquery-storage"))
    client = bigquery_storage.BigQueryReadClient()
    whole = session(client, streams=3)
    everything = [row for stream in whole.streams for row in rows(client, stream)]
    assert len(whole.streams) == 3 and len(everything) == 5, everything
    part = session(client, ["name"])
    names = rows(client, part.streams[0])
    assert names == [{"name": row["name"]} for row in everything], names
    assert rows(client, part.streams[0], offset=3) == names[3:]
    try:
        session(client, table=TABLE + "_that_is_not_there")
        raise SystemExit("a table that is not there was read")
    except NotFound as error:
        assert "Not found: Table" in str(error), error
    print(f"got: {len(everything)} rows in {len(whole.streams)} streams, one column, an offset, NOT_FOUND")


main()

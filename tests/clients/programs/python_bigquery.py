# client: google-cloud-bigquery (Python), REST and Storage API
# packages: google-cloud-bigquery google-cloud-bigquery-storage grpcio pyarrow pandas db-dtypes
# variables: HTTPS_PROXY https_proxy NO_PROXY REQUESTS_CA_BUNDLE GRPC_DEFAULT_SSL_ROOTS_FILE_PATH GCE_METADATA_HOST GCE_METADATA_IP
# caveat: REST alone needs neither the lower-case proxy variable nor the gRPC roots
# uses: grpc
"""to_dataframe() of a query, by both ways, and a load from memory."""

import io
from importlib.metadata import version

from google.cloud import bigquery, bigquery_storage

QUERY = "SELECT id, name FROM hoge_dataset.fuga_table ORDER BY id"


class CountingClient(bigquery_storage.BigQueryReadClient):
    """The library may fall back to REST without saying so."""

    reads = 0

    def read_rows(self, *arguments, **named):
        self.reads += 1
        return super().read_rows(*arguments, **named)


def main():
    print("version:", "google-cloud-bigquery", version("google-cloud-bigquery"))
    client = bigquery.Client()
    rest = client.query(QUERY).result().to_dataframe(create_bqstorage_client=False)
    table = client.get_table("foo-project.hoge_dataset.fuga_table")
    reader = CountingClient()
    storage = client.list_rows(table).to_dataframe(bqstorage_client=reader)
    assert reader.reads > 0
    assert len(rest) == len(storage) == 5, (rest, storage)
    assert sorted(rest["id"]) == sorted(storage["id"]), (rest, storage)
    job = client.load_table_from_file(
        io.BytesIO(b"1,a\n2,b\n3,c\n"),
        "foo-project.hoge_dataset.loaded_by_python",
        job_config=bigquery.LoadJobConfig(
            source_format="CSV",
            write_disposition="WRITE_TRUNCATE",
            schema=[bigquery.SchemaField("id", "INTEGER"), bigquery.SchemaField("name", "STRING")],
        ),
    )
    job.result()
    assert job.output_rows == 3, job.output_rows
    print("got: 5 rows over REST, 5 over the Storage API, 3 loaded")


main()

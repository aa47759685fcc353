"""google.cloud.bigquery.storage.v1.BigQueryRead on the sandbox's tables, Arrow only."""

import datetime
import threading
import uuid

import grpc
from arrow_tables import RestError
from google.cloud.bigquery_storage_v1 import types

SERVICE = "google.cloud.bigquery.storage.v1.BigQueryRead"
ROWS_IN_BATCH = 1000
DEFAULT_STREAMS = 2
MAX_STREAMS = 10

STATUS = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
}


def _authorization(context):
    return next(value for name, value in context.invocation_metadata() if name == "authorization")


def _require_routing(context, name, value):
    """The real service routes by this field of the metadata; a proxy must not lose it."""
    sent = dict(context.invocation_metadata()).get("x-goog-request-params", "")
    if name not in sent:
        context.abort(
            grpc.StatusCode.INVALID_ARGUMENT, f"x-goog-request-params lacks {name}={value}: {sent}"
        )


def _split(table, count):
    """`table` in at most `count` parts of about the same length, at least one."""
    size = max(1, -(-table.num_rows // count))
    return [table.slice(start, size) for start in range(0, max(1, table.num_rows), size)]


class StorageRead:
    def __init__(self, tables):
        self._tables = tables
        self._lock = threading.Lock()
        self._streams = {}  # name -> its part of the table

    def _create(self, request, context):
        session = request.read_session
        _require_routing(context, "read_session.table", session.table)
        if session.data_format != types.DataFormat.ARROW:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "The sandbox has Arrow only")
        if session.read_options.row_restriction:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "The sandbox has no row restrictions")
        try:
            columns = list(session.read_options.selected_fields)
            table = self._tables.read(session.table, columns, _authorization(context))
        except RestError as error:
            context.abort(STATUS.get(error.status, grpc.StatusCode.INTERNAL), str(error))
        return self._session(request, table)

    def _session(self, request, table):
        name = f"{request.parent}/locations/us/sessions/{uuid.uuid4().hex}"
        parts = _split(table, min(request.max_stream_count or DEFAULT_STREAMS, MAX_STREAMS))
        names = [f"{name}/streams/{index}" for index in range(len(parts))]
        with self._lock:
            self._streams.update(zip(names, parts))
        return types.ReadSession(
            name=name,
            table=request.read_session.table,
            data_format=types.DataFormat.ARROW,
            read_options=request.read_session.read_options,
            arrow_schema={"serialized_schema": table.schema.serialize().to_pybytes()},
            streams=[types.ReadStream(name=each) for each in names],
            estimated_row_count=table.num_rows,
            estimated_total_bytes_scanned=table.nbytes,
            expire_time=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=6),
        )

    def _read(self, request, context):
        _require_routing(context, "read_stream", request.read_stream)
        with self._lock:
            part = self._streams.get(request.read_stream)
        if part is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"No stream {request.read_stream}")
        if request.offset > part.num_rows:
            context.abort(grpc.StatusCode.OUT_OF_RANGE, f"Offset {request.offset} is past the end")
        rest = part.slice(request.offset).combine_chunks()
        schema = {"serialized_schema": rest.schema.serialize().to_pybytes()}
        for batch in rest.to_batches(max_chunksize=ROWS_IN_BATCH):
            yield types.ReadRowsResponse(
                row_count=batch.num_rows,
                arrow_record_batch={
                    "serialized_record_batch": batch.serialize().to_pybytes(),
                    "row_count": batch.num_rows,
                },
                arrow_schema=schema,
            )
            schema = None  # the first message only

    def handler(self):
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "CreateReadSession": grpc.unary_unary_rpc_method_handler(
                    self._create,
                    request_deserializer=types.CreateReadSessionRequest.deserialize,
                    response_serializer=types.ReadSession.serialize,
                ),
                "ReadRows": grpc.unary_stream_rpc_method_handler(
                    self._read,
                    request_deserializer=types.ReadRowsRequest.deserialize,
                    response_serializer=types.ReadRowsResponse.serialize,
                ),
            },
        )

"""A table of the sandbox's BigQuery as Arrow, read over its REST interface with the caller's token."""

import base64
import datetime
import decimal
import json
import ssl
import urllib.error
import urllib.request

import pyarrow as pa

TYPES = {
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "STRING": pa.string(),
    "BYTES": pa.binary(),
    "DATE": pa.date32(),
    "TIME": pa.time64("us"),
    "DATETIME": pa.timestamp("us"),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
    "NUMERIC": pa.decimal128(38, 9),
    "BIGNUMERIC": pa.decimal256(76, 38),
    "JSON": pa.string(),
    "GEOGRAPHY": pa.string(),
}

READERS = {
    "INTEGER": int,
    "FLOAT": float,
    "BOOLEAN": lambda text: text == "true",
    "BYTES": base64.b64decode,
    "DATE": datetime.date.fromisoformat,
    "TIME": datetime.time.fromisoformat,
    "DATETIME": datetime.datetime.fromisoformat,
    "TIMESTAMP": int,  # microseconds, as useInt64Timestamp asks for
    "NUMERIC": decimal.Decimal,
    "BIGNUMERIC": decimal.Decimal,
}


class RestError(Exception):
    """The refusal of the REST interface: its status and sentence."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Tables:
    def __init__(self, url, ca_file):
        self._url = url
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file)),
        )

    def _get(self, path, authorization):
        request = urllib.request.Request(
            f"{self._url}/bigquery/v2/{path}",
            headers={"Host": "bigquery.googleapis.com", "Authorization": authorization},
        )
        try:
            with self._opener.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RestError(error.code, json.load(error)["error"]["message"]) from None

    def _rows(self, path, authorization):
        page = ""
        while True:
            answer = self._get(
                f"{path}/data?formatOptions.useInt64Timestamp=true{page}", authorization
            )
            for row in answer.get("rows", []):
                yield [cell["v"] for cell in row["f"]]
            if "pageToken" not in answer:
                return
            page = "&pageToken=" + answer["pageToken"]

    def read(self, table, columns, authorization):
        """`table` is projects/P/datasets/D/tables/T; no `columns` means all of them."""
        fields = self._get(table, authorization)["schema"]["fields"]
        names = [field["name"] for field in fields]
        unknown = sorted(set(columns) - set(names))
        if unknown:
            raise RestError(400, f"The following selected fields do not exist: {unknown}")
        rows = list(self._rows(table, authorization))
        arrays = {}
        for index, field in enumerate(fields):
            # Like the real service: the order of the table, not the order that was asked for.
            if columns and field["name"] not in columns:
                continue
            reader = READERS.get(field["type"], str)
            values = [None if row[index] is None else reader(row[index]) for row in rows]
            arrays[field["name"]] = pa.array(values, TYPES[field["type"]])
        return pa.table(arrays)

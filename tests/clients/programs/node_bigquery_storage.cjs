// client: @google-cloud/bigquery-storage (Node)
// packages: @google-cloud/bigquery-storage
// variables: HTTPS_PROXY https_proxy NO_PROXY GCE_METADATA_HOST NODE_EXTRA_CA_CERTS
// uses: grpc
'use strict';
// Reads a table in several streams, in part and from an offset.

const assert = require('node:assert');
const fs = require('node:fs');
const { BigQueryReadClient } = require('@google-cloud/bigquery-storage').v1;

const parent = 'projects/foo-project';
const table = `${parent}/datasets/hoge_dataset/tables/fuga_table`;

async function session(client, maxStreamCount, selectedFields = []) {
  const [made] = await client.createReadSession({
    parent,
    readSession: { table, dataFormat: 'ARROW', readOptions: { selectedFields } },
    maxStreamCount,
  });
  return made;
}

async function count(client, readStream, offset = 0) {
  let rows = 0;
  for await (const part of client.readRows({ readStream, offset })) rows += Number(part.rowCount);
  return rows;
}

async function main() {
  const { version } = JSON.parse(fs.readFileSync(`${process.env.NODE_PATH}/@google-cloud/bigquery-storage/package.json`));
  console.log('version: bigquery-storage', version);
  const client = new BigQueryReadClient();
  const whole = await session(client, 3);
  let rows = 0;
  for (const stream of whole.streams) rows += await count(client, stream.name);
  assert.equal(whole.streams.length, 3);
  assert.equal(rows, 5);
  const part = await session(client, 1, ['name']);
  assert.equal(await count(client, part.streams[0].name, 3), 2);
  await assert.rejects(count(client, 'projects/foo-project/locations/us/sessions/x/streams/0'), { code: 5 });
  console.log(`got: ${rows} rows in 3 streams, an offset, NOT_FOUND`);
  await client.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

// client: @google-cloud/bigquery (Node)
// packages: @google-cloud/bigquery
// variables: HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS GCE_METADATA_HOST
// caveat: a new connection for every request; name the project in the program: 9.3.0 else asks for `{{projectId}}`
'use strict';
// A query, and a load from a file by a resumable upload.

const assert = require('node:assert');
const fs = require('node:fs');
const { BigQuery } = require('@google-cloud/bigquery');

async function main() {
  const { version } = JSON.parse(fs.readFileSync(`${process.env.NODE_PATH}/@google-cloud/bigquery/package.json`));
  console.log('version: bigquery', version);
  const client = new BigQuery({ projectId: 'foo-project' });
  const [rows] = await client.query('SELECT id, name FROM hoge_dataset.fuga_table ORDER BY id');
  assert.equal(rows.length, 5);
  fs.writeFileSync('rows.csv', '1,a\n2,b\n3,c\n');
  const table = client.dataset('hoge_dataset').table('loaded_by_node');
  await table.load('rows.csv', {
    sourceFormat: 'CSV',
    writeDisposition: 'WRITE_TRUNCATE',
    schema: 'id:INTEGER,name:STRING',
  });
  const [loaded] = await table.getRows();
  assert.equal(loaded.length, 3);
  console.log('got: 5 rows, 3 loaded');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

// client: @google-cloud/storage (Node)
// packages: @google-cloud/storage
// variables: HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS GCE_METADATA_HOST
// caveat: a new connection for every request
'use strict';
// Objects up and down: in one request, and by a resumable upload in chunks.

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const { Storage } = require('@google-cloud/storage');

async function upAndDown(file, size, options) {
  const content = crypto.randomBytes(size);
  await file.save(content, options);
  const [back] = await file.download();
  assert.ok(back.equals(content), `${size} bytes`);
}

async function main() {
  const { version } = JSON.parse(fs.readFileSync(`${process.env.NODE_PATH}/@google-cloud/storage/package.json`));
  console.log('version: storage', version);
  const bucket = new Storage({ projectId: 'foo-project' }).bucket('foo-bucket');
  await upAndDown(bucket.file('node/small'), 1000, { resumable: false });
  await upAndDown(bucket.file('node/large object+%'), 5_000_000, { resumable: true, chunkSize: 1 << 20 });
  console.log('got: 1 kB in one request, 5 MB in chunks, both the same again');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

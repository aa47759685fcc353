// client: @grpc/grpc-js (Node), any gRPC service
// packages: @grpc/grpc-js
// variables: https_proxy NODE_EXTRA_CA_CERTS
// caveat: reads the lower-case proxy variable only
// uses: grpc
'use strict';
// Every kind of call on the echo service, with no credential of its own.

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const grpc = require('@grpc/grpc-js');

const same = (bytes) => bytes;
const method = (name, requestStream, responseStream) => ({
  path: `/wif.sandbox.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
const Echo = grpc.makeGenericClientConstructor(
  {
    unary: method('Unary', false, false),
    serverStream: method('ServerStream', false, true),
    clientStream: method('ClientStream', true, false),
    bidi: method('Bidi', true, true),
    fail: method('Fail', false, true),
    wait: method('Wait', false, false),
    hang: method('Hang', false, true),
    counters: method('Counters', false, false),
  },
  'Echo',
);
const client = new Echo('bigquerystorage.googleapis.com:443', grpc.credentials.createSsl(), {
  'grpc.max_receive_message_length': -1,
});
const json = (value) => Buffer.from(JSON.stringify(value));
const within = (seconds) => ({ deadline: Date.now() + seconds * 1000 });

// A call with one answer, as a promise; `send` gets the call.
const answer = (name, request, seconds = 60) =>
  new Promise((resolve, reject) => {
    client[name](request, within(seconds), (error, value) => (error ? reject(error) : resolve(value)));
  });

async function unary() {
  for (const size of [0, 1, 65536, 3_000_000]) {
    const body = crypto.randomBytes(size);
    assert.ok(body.equals(await answer('unary', body)), `unary of ${size} bytes`);
  }
}

async function serverStream() {
  let bytes = 0;
  for await (const message of client.serverStream(json({ count: 200, size: 50_000 }), within(60))) {
    bytes += message.length;
  }
  assert.equal(bytes, 10_000_000);
}

async function clientStream() {
  const messages = Array.from({ length: 150 }, () => crypto.randomBytes(40_000));
  const result = await new Promise((resolve, reject) => {
    const call = client.clientStream(within(60), (error, value) => (error ? reject(error) : resolve(value)));
    for (const message of messages) call.write(message);
    call.end();
  });
  const sha256 = crypto.createHash('sha256').update(Buffer.concat(messages)).digest('hex');
  assert.deepEqual(JSON.parse(result), { messages: 150, bytes: 6_000_000, sha256 });
}

// Each message waits for the answer to the one before: nothing may be held back on the way.
async function bidi() {
  const call = client.bidi(within(60));
  let turns = 0;
  call.write(Buffer.from('0'));
  for await (const message of call) {
    assert.equal(message.toString(), String(turns));
    turns += 1;
    if (turns === 50) call.end();
    else call.write(Buffer.from(String(turns)));
  }
  assert.equal(turns, 50);
}

async function failure() {
  for (const after of [false, true]) {
    const wanted = { code: 9, details: 'not in this state: ü', after };
    const error = await new Promise((resolve, reject) => {
      const call = client.fail(json(wanted), within(60));
      call.on('data', () => {});
      call.on('end', () => {});
      call.on('error', resolve);
      call.on('status', (status) => status.code === 0 && reject(new Error('a good end')));
    });
    assert.equal(error.code, grpc.status.FAILED_PRECONDITION);
    assert.equal(error.details, wanted.details);
    assert.deepEqual(error.metadata.get('echo-trailer'), ['text of a trailer']);
    assert.deepEqual(JSON.parse(error.metadata.get('grpc-status-details-bin')[0]), wanted);
  }
}

async function deadline() {
  const { remaining } = JSON.parse(await answer('wait', json({ seconds: 0 }), 50));
  assert.ok(remaining > 40 && remaining < 52, `the server saw ${remaining} s of 50`);
  await assert.rejects(answer('wait', json({ seconds: 3 }), 0.5), { code: grpc.status.DEADLINE_EXCEEDED });
}

const cancelled = async () => JSON.parse(await answer('counters', Buffer.alloc(0))).cancelled;

async function cancellation() {
  const before = await cancelled();
  for (let i = 0; i < 5; ++i) {
    await new Promise((resolve) => {
      const call = client.hang(Buffer.alloc(0), within(60));
      call.on('data', () => call.cancel());
      call.on('error', resolve);
    });
  }
  // The service hears of it by a reset of the stream, at any time after this.
  for (let tries = 0; (await cancelled()) < before + 5; ++tries) {
    assert.ok(tries < 2000, 'the cancellations did not arrive');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function main() {
  const { version } = JSON.parse(fs.readFileSync(`${process.env.NODE_PATH}/@grpc/grpc-js/package.json`));
  console.log('version: grpc-js', version);
  const steps = { unary, serverStream, clientStream, bidi, failure, deadline, cancellation };
  for (const step of Object.values(steps)) await step();
  client.close();
  console.log('got:', Object.keys(steps).join(', '));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

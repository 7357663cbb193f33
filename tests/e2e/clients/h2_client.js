// SPDX-License-Identifier: Apache-2.0
// A client of node's http2: one connection to the proxy, and a stream on it for each session at the
// same time. Arguments: the proxy, and a JSON list of sessions: `name`, `url`, and `style`:
//   extended  a WebSocket by extended CONNECT (RFC 8441)
//   tunnel    a WebSocket within CONNECT; for wss:// there is TLS in it
//   request   an ordinary request, with `method`, `body`, and `trailers`
// `fields` are sent as well, and `protocols` offered. WebSockets are by the `ws` package: each says
// text and 1 MiB of binary, which has to come back. Prints one JSON object a session: `status`,
// `fields`, and how it went.
'use strict';
const crypto = require('crypto');
const http2 = require('http2');
const tls = require('tls');
const WebSocket = require('ws');

const [proxy, sessions] = process.argv.slice(2);
const binary = crypto.randomBytes(1 << 20);

const connection = http2.connect(proxy);
connection.on('error', (error) => {
  console.error(error);
  process.exit(2);
});

const heard = (stream) => new Promise((done, fail) => {
  stream.on('response', done);
  stream.on('error', fail);
  stream.on('close', () => fail(new Error(`closed with ${stream.rstCode}`)));
});

async function text_of(stream) {
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) text += piece;
  return text;
}

const echoed = (socket, said) => new Promise((done) => {
  const begin = () => socket.send('good morning');
  if (socket.readyState === WebSocket.OPEN) begin();
  else socket.on('open', begin);
  socket.on('message', (data, is_binary) => {
    if (is_binary) {
      said.binary = Buffer.compare(data, binary) === 0;
      socket.close(1000, 'done');
    } else {
      said.text = data.toString();
      socket.send(binary);
    }
  });
  socket.on('close', (code) => done({ ...said, code }));
  socket.on('error', (error) => { said.error = error.message; });
});

// The stream becomes a WebSocket of `ws`, which has no client for these.
async function extended({ url, protocols, fields }) {
  const to = new URL(url);
  const stream = connection.request({
    ':method': 'CONNECT', ':protocol': 'websocket', ':authority': to.host, ':path': to.pathname,
    ':scheme': to.protocol === 'wss:' ? 'https' : 'http', 'sec-websocket-version': '13',
    ...(protocols && { 'sec-websocket-protocol': protocols.join(', ') }), ...fields,
  });
  const answer = await heard(stream);
  const said = { status: answer[':status'], fields: answer };
  if (said.status !== 200) return { ...said, body: await text_of(stream) };
  const socket = new WebSocket(null, undefined, { autoPong: true });
  socket._isServer = false;
  socket.setSocket(stream, Buffer.alloc(0), { maxPayload: 64 << 20, skipUTF8Validation: false });
  return echoed(socket, said);
}

async function tunnel({ url, protocols, fields }) {
  const to = new URL(url);
  const port = to.port || (to.protocol === 'wss:' ? 443 : 80);
  const stream = connection.request({
    ':method': 'CONNECT', ':authority': `${to.hostname}:${port}`, ...fields,
  });
  const answer = await heard(stream);
  const said = { status: answer[':status'], fields: answer };
  if (said.status !== 200) return { ...said, body: await text_of(stream) };
  const createConnection = () => (to.protocol === 'wss:'
    ? tls.connect({ socket: stream, servername: to.hostname }) : stream);
  return echoed(new WebSocket(url, protocols || [], { createConnection }), said);
}

async function request({ url, method = 'GET', body = '', trailers, fields }) {
  const to = new URL(url);
  const stream = connection.request({
    ':method': method, ':scheme': to.protocol.slice(0, -1), ':authority': to.host,
    ':path': to.pathname + to.search, ...fields,
  }, { waitForTrailers: Boolean(trailers), endStream: !body && !trailers });
  const said = {};
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('trailers', (last) => { said.trailers = last; });
  if (body || trailers) stream.end(body);
  const answer = await heard(stream);
  const text = await text_of(stream);
  return { status: answer[':status'], fields: answer, body: text, ...said };
}

const styles = { extended, tunnel, request };

async function play(session) {
  const said = await styles[session.style](session).catch((error) => ({ error: error.message }));
  console.log(JSON.stringify({ name: session.name, ...said }));
}

connection.on('remoteSettings', () => {
  Promise.all(JSON.parse(sessions).map(play)).then(() => connection.close());
});
setTimeout(() => process.exit(3), 25000).unref();

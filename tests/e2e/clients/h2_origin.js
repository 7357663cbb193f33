// SPDX-License-Identifier: Apache-2.0
// Origins that speak HTTP/2, on four ports which are printed:
//   h2     over TLS, HTTP/2 alone; WebSockets by extended CONNECT (RFC 8441)
//   h2c    the same in the clear, by prior knowledge
//   mixed  over TLS, HTTP/2 without extended CONNECT, and HTTP/1.1; WebSockets by an upgrade of that
//   plain  over TLS, HTTP/2 alone; no WebSockets at all
// A WebSocket echoes, by the `ws` package; what is under /refused is told no, /late hears that it is
// open after a second, and /flood is sent binary messages for as long as it takes them. Of /trailers
// and /bytes/N see answer(); any other request gets an account of itself. Tells of each request and
// each connection. Arguments: certificate and key files.
'use strict';
const fs = require('fs');
const http2 = require('http2');
const WebSocket = require('ws');
const { account } = require('./account.js');

const [certificate, key] = process.argv.slice(2);
const tls = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
const extended = { settings: { enableConnectProtocol: true } };

const tell = (event, more) => console.log(JSON.stringify({ event, ...more }));

function flood(socket) {
  const more = () => {
    if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.alloc(65536, 'f'), more);
  };
  more();
}

function echo(socket, path) {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  socket.on('error', () => {});
  socket.on('close', (code) => tell('close', { path, code }));
  if (path.startsWith('/flood')) flood(socket);
}

// The stream of an extended CONNECT becomes a WebSocket of `ws`, which has no server for these.
function open(stream, path, fields) {
  const protocol = (fields['sec-websocket-protocol'] || '').split(',')[0].trim();
  stream.respond({ ':status': 200, ...(protocol && { 'sec-websocket-protocol': protocol }) });
  const socket = new WebSocket(null, undefined, { autoPong: true });
  socket.setSocket(stream, Buffer.alloc(0), { maxPayload: 64 << 20, skipUTF8Validation: false });
  echo(socket, path);
}

function connect(stream, fields) {
  const path = fields[':path'];
  stream.on('error', () => {});
  if (path.startsWith('/refused')) {
    stream.respond({ ':status': 403, 'content-type': 'text/plain', 'x-reason': 'no tea' });
    stream.end('no tea here');
  } else if (path.startsWith('/late')) {
    setTimeout(() => open(stream, path, fields), 1000);
  } else {
    open(stream, path, fields);
  }
}

// /trailers has trailers, those of the request among them; /bytes/N has so many.
function answer(request, response) {
  if (request.url.startsWith('/trailers')) {
    request.resume().on('end', () => {
      response.writeHead(200, { trailer: 'x-last' });
      response.write('body');
      response.addTrailers({ 'x-last': 'word', 'x-heard': JSON.stringify(request.trailers) });
      response.end();
    });
  } else if (request.url.startsWith('/bytes/')) {
    response.end(Buffer.alloc(Number(request.url.split('/')[2]), 'b'));
  } else {
    account(request, response);
  }
}

function streams(server, name) {
  return server.on('session', () => tell('connection', { name }))
    .on('stream', (_, fields) => tell('stream', { name, fields }))
    .on('connect', (request) => connect(request.stream, request.headers))
    .on('request', answer)
    .on('sessionError', () => {});
}

const upgrades = new WebSocket.WebSocketServer({ noServer: true, maxPayload: 64 << 20 });

function upgrade(request, socket, head) {
  tell('upgrade', { path: request.url, fields: request.headers });
  upgrades.handleUpgrade(request, socket, head, (s) => echo(s, request.url));
}

const servers = {
  h2: streams(http2.createSecureServer({ ...tls, ...extended }), 'h2'),
  h2c: streams(http2.createServer(extended), 'h2c'),
  mixed: streams(http2.createSecureServer({ ...tls, allowHTTP1: true }), 'mixed')
    .on('upgrade', upgrade),
  plain: streams(http2.createSecureServer(tls), 'plain'),
};

const listening = Object.values(servers).map((server) => new Promise((done) => {
  server.listen(0, '127.0.0.1', done);
}));
Promise.all(listening).then(() => {
  tell('ports', Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [name, server.address().port])));
});

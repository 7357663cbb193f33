// SPDX-License-Identifier: Apache-2.0
// An origin: ws:// and wss:// echo by the `ws` package, and for plain requests an account of what
// arrived. Prints its two ports. Arguments: certificate and key files; address and ports, if they
// matter.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const { WebSocketServer } = require('ws');
const { account } = require('./account.js');
const { behave } = require('./behave.js');

const [certificate, key, address = '127.0.0.1', http_port = '0', https_port = '0'] =
  process.argv.slice(2);

function echoes(options) {
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 << 20, ...options });
  return server.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    socket.on('error', () => {});
  });
}

// What is under /as behaves as the query says, by behave.js; its path is its name.
function behaves(options) {
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 << 20, ...options });
  return server.on('connection', (socket, request) => {
    const { pathname, searchParams } = new URL(request.url, 'http://origin');
    const how = Object.fromEntries([...searchParams].map(([key, value]) => [key, Number(value)]));
    behave(socket, pathname, how);
  });
}

const plainly = echoes({});
const deflated = echoes({ perMessageDeflate: { threshold: 0 } });
const behaved = behaves({});
const behaved_deflated = behaves({ perMessageDeflate: { threshold: 0 } });
const behaved_deaf = behaves({ autoPong: false });

function sockets_for(url) {
  if (url.startsWith('/as/deflate')) return behaved_deflated;
  if (url.startsWith('/as/deaf')) return behaved_deaf;
  if (url.startsWith('/as/')) return behaved;
  return url.startsWith('/deflate') ? deflated : plainly;
}

// Anything under /refused is told no, with an ordinary response; what is under /deflate comes back
// compressed where the client offers it, and /as/deaf answers no Ping.
function upgrade(request, socket, head) {
  if (request.url.startsWith('/refused')) {
    socket.on('error', () => {});  // who is refused may leave by a reset
    socket.end('HTTP/1.1 418 No tea here\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
    return;
  }
  const sockets = sockets_for(request.url);
  sockets.handleUpgrade(request, socket, head, (s) => sockets.emit('connection', s, request));
}

const plain = http.createServer(account).on('upgrade', upgrade);
const secure = https.createServer(
  { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, account).on('upgrade', upgrade);

plain.listen(Number(http_port), address, () => {
  secure.listen(Number(https_port), address, () => {
    console.log(`ports ${plain.address().port} ${secure.address().port}`);
  });
});

// SPDX-License-Identifier: Apache-2.0
// A WebSocket client by the `ws` package through a proxy. Arguments: the style (see agents.js), the
// proxy, the ws:// or wss:// URL, and subprotocols to offer. Echoes text and 1 MiB of binary, and
// prints one JSON object: what came back, or the error as a user would see it.
'use strict';
const crypto = require('crypto');
const WebSocket = require('ws');
const { agent_of } = require('./agents.js');

const [style, proxy, url, ...protocols] = process.argv.slice(2);
const agent = agent_of(style, proxy, url);
const binary = crypto.randomBytes(1 << 20);
const options = { agent, handshakeTimeout: 10000, perMessageDeflate: false };
const socket = new WebSocket(url, protocols, options);
const said = {};

socket.on('open', () => {
  if (socket.protocol) said.protocol = socket.protocol;
  socket.send('good morning');
});
socket.on('message', (data, isBinary) => {
  if (isBinary) {
    said.binary = Buffer.compare(data, binary) === 0;
    socket.close(1000, 'done');
  } else {
    said.text = data.toString();
    socket.send(binary);
  }
});
socket.on('close', (code) => console.log(JSON.stringify({ ...said, code })));
socket.on('error', (error) => { said.error = error.message; });
setTimeout(() => process.exit(3), 20000).unref();

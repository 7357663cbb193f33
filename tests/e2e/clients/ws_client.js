// SPDX-License-Identifier: Apache-2.0
// A WebSocket client by the `ws` package through a proxy. Arguments: "connect" (https-proxy-agent)
// or "absolute" (http-proxy-agent), the proxy, the ws:// or wss:// URL. Echoes text and 1 MiB of
// binary, and prints one JSON object: what came back, or the error as a user would see it.
'use strict';
const crypto = require('crypto');
const WebSocket = require('ws');
const { HttpProxyAgent } = require('http-proxy-agent');
const { HttpsProxyAgent } = require('https-proxy-agent');

const [style, proxy, url] = process.argv.slice(2);
const agent = style === 'connect' ? new HttpsProxyAgent(proxy) : new HttpProxyAgent(proxy);
const binary = crypto.randomBytes(1 << 20);
const socket = new WebSocket(url, { agent, handshakeTimeout: 10000, perMessageDeflate: false });
const said = {};

socket.on('open', () => socket.send('good morning'));
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

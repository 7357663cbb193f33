// SPDX-License-Identifier: Apache-2.0
// The peers of node and the browser for record.py:
//   record.js server plain|deflate    prints its port
//   record.js client plain|deflate URL
//   record.js chromium URL
'use strict';
const path = require('path');
const { createRequire } = require('module');
const npm = createRequire(path.resolve(__dirname, '../../e2e/package.json'));
const WebSocket = npm('ws');
const { once } = require('events');

const [role, ...rest] = process.argv.slice(2);
const extensions = { perMessageDeflate: rest[0] === 'deflate' && { threshold: 0 } };

// An echo that can be asked for more.
function answer(socket, data, isBinary) {
  const asked = isBinary ? '' : data.toString();
  if (asked === 'fragments') {
    socket.send('one ', { fin: false });
    socket.ping('between');
    socket.send('two ', { fin: false });
    socket.send('three', { fin: true });
  } else if (asked === 'ping me') {
    socket.ping();
    socket.ping('x'.repeat(125));
    socket.send('pinged');
  } else if (asked === 'close me') {
    socket.close(4001, 'as you wish');
  } else if (data.length > 65535) {
    socket.send('long');
  } else {
    socket.send(data, { binary: isBinary });
  }
}

function server() {
  const sockets = new WebSocket.WebSocketServer({ host: '127.0.0.1', port: 0, ...extensions });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => answer(socket, data, isBinary));
  });
  sockets.on('listening', () => console.log(sockets.address().port));
}

async function client(kind, url) {
  const socket = new WebSocket(url, extensions);
  await once(socket, 'open');
  const say = async (...pieces) => {
    const back = once(socket, 'message');
    pieces.forEach((piece, i) => {
      if (i > 0) socket.ping(`before piece ${i}`);
      socket.send(piece, { fin: i === pieces.length - 1 });
    });
    await back;
  };
  await say('good morning');
  await say('');
  await say('in ', 'three ', 'pieces');
  await say(Buffer.alloc(126, 'binary'));
  if (kind === 'plain') await say(Buffer.alloc(65536, 'long'));
  await say('fragments');
  await say('ping me');
  if (kind === 'plain') socket.send('close me'); else socket.close(1000, 'done');
  await once(socket, 'close');
}

// In the page.
async function browse(url) {
  const socket = new WebSocket(url);
  const event = (name) => new Promise((resolve) => { socket[`on${name}`] = resolve; });
  const say = (data) => { const back = event('message'); socket.send(data); return back; };
  await event('open');
  await say('good morning');
  await say('');
  await say(new Uint8Array(300));
  await say('many words, many words, '.repeat(20));
  await say('fragments');
  await say('ping me');
  socket.close(3000, 'done');
  await event('close');
}

async function chromium(url) {
  const browser = await npm('playwright-core').chromium.launch({
    executablePath: '/usr/bin/chromium', args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  });
  try {
    await (await browser.newPage()).evaluate(browse, url);
  } finally {
    await browser.close();
  }
}

({ server, client, chromium })[role](...rest);

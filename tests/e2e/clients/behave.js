// SPDX-License-Identifier: Apache-2.0
// How one end of a WebSocket behaves, and an account of what it hears: a JSON object a line, with
// the time by the machine's clock. All of these are left out at will:
//   ping, say    sends a Ping, or a text, every so many milliseconds
//   pings, texts, binaries   sends so many of them when it opens
//   send         sends so many bytes in one message when it opens
//   stream       sends messages of so many bytes, all alike, without a pause
//   leave        closes after so many milliseconds, with 1000, or with `code`
// Who sends Pings or a Pong by itself is no matter of this: see the option autoPong of `ws`.
'use strict';

exports.TEXT = 'good morning';
exports.BINARY = Buffer.alloc(1000, 'x');

exports.behave = (socket, name, how) => {
  const tell = (event, more) => console.log(JSON.stringify({ name, event, at: Date.now(), ...more }));
  const every = (interval, act) => {
    if (!interval) return;
    const timer = setInterval(() => { if (socket.readyState === 1) act(); }, interval);
    socket.on('close', () => clearInterval(timer));
  };
  const times = (count, act) => { for (let i = 0; i < (count || 0); ++i) act(i); };

  socket.on('ping', (data) => tell('ping', { bytes: data.length }));
  socket.on('pong', (data) => tell('pong', { bytes: data.length }));
  socket.on('message', (data, binary) => tell('message', {
    bytes: data.length, binary, alike: Buffer.alloc(data.length, data[0]).equals(data),
  }));
  socket.on('close', (code, reason) => tell('close', { code, reason: reason.toString() }));
  socket.on('error', (error) => tell('error', { text: error.message }));

  const stream = (bytes, number) => {
    if (socket.readyState === 1) {
      socket.send(Buffer.alloc(bytes, number % 256), () => stream(bytes, number + 1));
    }
  };

  const begin = () => {
    tell('open', { protocol: socket.protocol, extensions: socket.extensions });
    every(how.ping, () => socket.ping());
    every(how.say, () => socket.send(exports.TEXT));
    times(how.texts, () => socket.send(exports.TEXT));
    times(how.binaries, () => socket.send(exports.BINARY));
    times(how.pings, (i) => socket.ping(`ping ${i}`));
    if (how.send) socket.send(Buffer.alloc(how.send));
    if (how.stream) stream(how.stream, 0);
    if (how.leave) setTimeout(() => socket.close(how.code || 1000, 'done'), how.leave);
  };
  if (socket.readyState === 1) begin();
  else socket.on('open', begin);
};

// SPDX-License-Identifier: Apache-2.0
// WebSocket clients by the `ws` package, many at a time. Arguments: the proxy, and a JSON list of
// sessions: `name`, `url`, `style` (see agents.js), `deaf` (answers no Ping), `protocols`, and what
// behave.js takes. Prints what each hears, and ends with the last of them.
'use strict';
const WebSocket = require('ws');
const { agent_of } = require('./agents.js');
const { behave } = require('./behave.js');

const [proxy, sessions] = process.argv.slice(2);

for (const { name, url, style, deaf, protocols, ...how } of JSON.parse(sessions)) {
  const options = { agent: agent_of(style, proxy, url), autoPong: !deaf, handshakeTimeout: 20000 };
  behave(new WebSocket(url, protocols || [], options), name, how);
}

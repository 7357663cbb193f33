// SPDX-License-Identifier: Apache-2.0
// WebSocket clients by the `ws` package, many at a time. Arguments: the proxy, and a JSON list of
// sessions: `name`, `url`, `style` ("connect" or "absolute"), `deaf` (answers no Ping), `protocols`,
// and what behave.js takes. Prints what each hears, and ends with the last of them. In absolute form
// a wss:// URL is asked for in the clear: TLS is between the proxy and the origin.
'use strict';
const WebSocket = require('ws');
const { HttpProxyAgent } = require('http-proxy-agent');
const { HttpsProxyAgent } = require('https-proxy-agent');
const { behave } = require('./behave.js');

const [proxy, sessions] = process.argv.slice(2);

class SecureAbsoluteAgent extends HttpProxyAgent {
  addRequest(request, options) {
    super.addRequest(request, { ...options, secureEndpoint: true });
  }
}

function agent_of(style, url) {
  if (style === 'connect') return new HttpsProxyAgent(proxy);
  return new (url.startsWith('wss:') ? SecureAbsoluteAgent : HttpProxyAgent)(proxy);
}

for (const { name, url, style, deaf, protocols, ...how } of JSON.parse(sessions)) {
  const options = { agent: agent_of(style, url), autoPong: !deaf, handshakeTimeout: 20000 };
  behave(new WebSocket(url, protocols || [], options), name, how);
}

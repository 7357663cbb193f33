// SPDX-License-Identifier: Apache-2.0
// How a client of the `ws` package goes through a proxy: style "connect" (https-proxy-agent), or
// "absolute" (http-proxy-agent). In absolute form a wss:// URL is asked for in the clear: TLS is
// between the proxy and the origin.
'use strict';
const { HttpProxyAgent } = require('http-proxy-agent');
const { HttpsProxyAgent } = require('https-proxy-agent');

class SecureAbsoluteAgent extends HttpProxyAgent {
  addRequest(request, options) {
    super.addRequest(request, { ...options, secureEndpoint: true });
  }
}

exports.agent_of = (style, proxy, url) => {
  if (style === 'connect') return new HttpsProxyAgent(proxy);
  return new (url.startsWith('wss:') ? SecureAbsoluteAgent : HttpProxyAgent)(proxy);
};

// SPDX-License-Identifier: Apache-2.0
// fetch of undici through its ProxyAgent. Arguments: the proxy, then URLs. Prints a JSON object
// for each: status and body, or the error.
'use strict';
const { ProxyAgent, fetch } = require('undici');

const [proxy, ...urls] = process.argv.slice(2);

async function main() {
  const dispatcher = new ProxyAgent(proxy);
  for (const url of urls) {
    try {
      const response = await fetch(url, { dispatcher });
      console.log(JSON.stringify({ status: response.status, body: await response.text() }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error.cause || error) }));
    }
  }
  await dispatcher.close();
}

main();

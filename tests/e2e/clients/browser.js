// SPDX-License-Identifier: Apache-2.0
// Chromium through a proxy: opens a page and waits for what it writes into its title. Arguments:
// the proxy, the page's URL. Prints the title.
'use strict';
const { chromium } = require('playwright-core');

const [proxy, url] = process.argv.slice(2);

async function main() {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    timeout: 30000,
    args: [
      '--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync',
      '--disable-background-networking', '--disable-component-update',
      '--ignore-certificate-errors',
      `--proxy-server=${proxy}`, '--proxy-bypass-list=<-loopback>',
    ],
  });
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    await page.goto(url, { timeout: 20000 });
    await page.waitForFunction(() => document.title !== 'waiting', null, { timeout: 20000 });
    console.log(await page.title());
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

// SPDX-License-Identifier: Apache-2.0
// Chromium through a proxy: opens a page and waits for what it writes into its title. Arguments:
// the proxy, the page's URL, and those of further tabs, which are opened together once the first has
// its title. Prints a title a line.
'use strict';
const { chromium } = require('playwright-core');

const [proxy, first, ...others] = process.argv.slice(2);

async function title(tabs, url) {
  const page = await tabs.newPage();
  await page.goto(url, { timeout: 20000 });
  await page.waitForFunction(() => document.title !== 'waiting', null, { timeout: 20000 });
  return page.title();
}

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
    const tabs = await browser.newContext({ ignoreHTTPSErrors: true });
    console.log(await title(tabs, first));
    const titles = await Promise.all(others.map((url) => title(tabs, url)));
    titles.forEach((text) => console.log(text));
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

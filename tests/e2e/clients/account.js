// SPDX-License-Identifier: Apache-2.0
// Answers a request, of HTTP/1 or HTTP/2, with what arrived, as JSON: so that a client's story can
// say what the proxy changed.
'use strict';
const crypto = require('crypto');

exports.account = (request, response) => {
  const hash = crypto.createHash('sha256');
  let length = 0;
  request.on('data', (piece) => {
    hash.update(piece);
    length += piece.length;
  });
  request.on('end', () => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({
      method: request.method, url: request.url, version: request.httpVersion,
      fields: request.headers, length, sha256: hash.digest('hex'),
    }));
  });
};

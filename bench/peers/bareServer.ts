// A bare node:http server: the 100 % that every ratio of speed and memory refers to, and the upstream of all.

import { createServer } from 'node:http'

const body = JSON.stringify({ hello: 'world', padding: 'x'.repeat(100) })

const server = createServer((_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
  response.end(body)
})
server.keepAliveTimeout = 60_000
server.listen(Number(process.argv[2]), '127.0.0.1')

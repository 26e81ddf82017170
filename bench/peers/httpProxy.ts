// http-proxy 1.18 as people deploy it at its best: with a keep-alive agent.

import { Agent, createServer } from 'node:http'
import httpProxy from 'http-proxy'

const [, , port, target] = process.argv
const proxy = httpProxy.createProxyServer({
  target: target!,
  agent: new Agent({ keepAlive: true, maxSockets: 128 }),
})
proxy.on('error', (_error, _request, response) => response.destroy())
createServer((request, response) => proxy.web(request, response)).listen(Number(port), '127.0.0.1')

// An application that answers in the ways that are hard to carry: no body, trailers, early hints, cookies.

import { startUpstream, type Upstream } from '../support/upstream.ts'

/** By path: `/own/…`. Everything else is 404. */
export function startApplication(): Promise<Upstream> {
  return startUpstream((request, response) => {
    request.resume()
    switch ((request.url ?? '').split('?', 1)[0]) {
      case '/own/204':
        return response.writeHead(204).end()
      case '/own/304':
        return response.writeHead(304, { ETag: '"v1"' }).end()
      case '/own/hints':
        return response.writeEarlyHints({ link: '</app.css>; rel=preload; as=style' }, () =>
          response.end('after the hints'),
        )
      case '/own/trailers':
        response.writeHead(200, { Trailer: 'X-Checksum' })
        response.write('counted')
        response.addTrailers({ 'X-Checksum': 'abc' })
        return response.end()
      case '/own/cookies':
        response.setHeader('Set-Cookie', [
          'theme=dark; Path=/',
          'postern=forged; Path=/',
          '__Host-postern=forged; Path=/; Secure',
          'postern.1=forged',
          'postern-login-x=forged',
          'posterns=kept',
        ])
        return response.end()
      case '/own/cacheable':
        response.setHeader('Cache-Control', 'public, max-age=600')
        return response.end()
      case '/own/hop':
        response.setHeader('Connection', 'X-Hop')
        response.setHeader('X-Hop', '1')
        response.setHeader('Via', '1.0 inner')
        response.setHeader('Content-Encoding', 'gzip')
        return response.end(Buffer.from([0x1f, 0x8b, 0x08, 0xff]))
      default:
        return response.writeHead(404).end()
    }
  })
}

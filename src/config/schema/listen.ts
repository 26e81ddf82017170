import { z } from 'zod'
import { byteSize, duration, hour, minute } from './amounts.ts'
import { forwardedCertificateSchema, tlsSchema } from './tls.ts'
import { listenAddress } from './values.ts'

export const listenSchema = z.strictObject({
  address: listenAddress
    .prefault('0.0.0.0:8080')
    .describe(
      'Where clients, or the proxy in front, connect: in plain HTTP, or with `tls` over TLS alone. IPv6 as `[::]:8080`.',
    ),
  tls: tlsSchema
    .optional()
    .describe('Ends TLS here, 1.2 or later. Default: plain HTTP, for a proxy in front that does.'),
  trustedProxies: z
    .array(
      z
        .union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
          error: 'expected an IP address or a block such as 10.0.0.0/8',
        })
        .meta({ title: 'address or CIDR block' }),
    )
    .default([])
    .describe(
      'Whose `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `Forwarded` are believed. List proxies alone, not the network that they are in: whoever connects from here can pass for any client address.',
    ),
  forwardedCertificate: forwardedCertificateSchema
    .optional()
    .describe(
      'Where `trustedProxies` say which certificate the client has shown to them. Default: nobody is believed.',
    ),
  maxFieldsSize: byteSize(1024, 1024 ** 2)
    .prefault('16KiB')
    .describe(
      'All header fields of a request together; beyond it the answer is 431. With `sessions.store: cookie` no less than the default, because a session may take 12 KiB of it.',
    ),
  headTimeout: duration(100, 10 * minute)
    .prefault('10s')
    .describe('For a request head to arrive; then 408. Likewise for a TLS handshake.'),
  keepAliveTimeout: duration(0, hour)
    .prefault('75s')
    .describe(
      'Idle client connections are closed after this. Longer than in the proxy in front, or it sends requests into connections that are being closed.',
    ),
  drainTimeout: duration(0, hour)
    .prefault('30s')
    .describe(
      'On SIGTERM, requests in flight get this long, then they are cut. Whatever stops the process has to wait longer.',
    ),
})

export const adminSchema = z.strictObject({
  address: listenAddress
    .prefault('127.0.0.1:9090')
    .describe(
      'Where `/healthz`, `/readyz` and `/metrics` are. Whoever reaches it needs no password: in a pod, where probes need `0.0.0.0:9090`, let a network policy keep others out.',
    ),
})

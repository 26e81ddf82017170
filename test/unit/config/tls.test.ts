import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createAuthority,
  type TestAuthority,
  type TestCertificate,
} from '../../support/certificates.ts'
import { aConfig, load, printed, problemsOf, warningsOf } from './configFile.ts'

let authority: TestAuthority
let server: TestCertificate
let other: TestCertificate

beforeAll(() => {
  authority = createAuthority()
  server = authority.sign('server')
  other = authority.sign('other')
})
afterAll(() => authority[Symbol.dispose]())

const withTls = (certificate: string, key: string, more = ''): string =>
  aConfig(`listen:
  tls:
    certificate: ${certificate}
    key: ${key}
${more}`)

const clients = (settings: string): string =>
  withTls(server.certificate, server.key, `    clientCertificates: ${settings}\n`)

test('files that belong together are fine, and named absolutely', async () => {
  const loaded = await load(clients(`{ mode: require, ca: ${authority.file} }`))
  expect('config' in loaded && loaded.config.listen.tls).toEqual({
    certificate: server.certificate,
    key: server.key,
    clientCertificates: { mode: 'require', ca: authority.file },
  })
})

test('each file that is absent is named with its place', async () => {
  const text = await printed(
    withTls(
      'tls.crt',
      '/absent/tls.key',
      '    clientCertificates: { mode: request, ca: /absent/ca }\n',
    ),
  )
  expect(text).toMatch(
    /^postern\.yaml:14:18 +listen\.tls\.certificate: the file \/.+\/tls\.crt does not exist\.$/m,
  )
  expect(text).toMatch(
    /^postern\.yaml:15:10 +listen\.tls\.key: the file \/absent\/tls\.key does not exist\.$/m,
  )
  expect(text).toMatch(
    /^postern\.yaml:16:46 +listen\.tls\.clientCertificates\.ca: the file \/absent\/ca does not exist\.$/m,
  )
})

describe('a file is named', () => {
  test.each([
    [
      'that holds no certificate',
      () => [server.key, server.key],
      'certificate',
      'holds no certificate in PEM',
    ],
    [
      'that holds no key',
      () => [server.certificate, server.certificate],
      'key',
      'holds no private key in PEM that opens without a passphrase',
    ],
    [
      'that holds the key of another',
      () => [server.certificate, other.key],
      'key',
      'holds a key that the certificate does not belong to',
    ],
  ] satisfies [string, () => [string, string], string, string][])(
    '%s',
    async (_, files, part, message) => {
      const [certificate, key] = files()
      const named = part === 'key' ? key : certificate
      expect(await problemsOf(withTls(certificate, key))).toEqual([
        expect.objectContaining({
          path: `listen.tls.${part}`,
          message: `the file ${named} ${message}.`,
        }),
      ])
    },
  )

  test('whose chain is spoilt behind its first certificate', async () => {
    const file = join(authority.folder, 'chain.pem')
    const spoilt = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    await writeFile(file, server.pair.cert + spoilt)
    const [problem, ...more] = await problemsOf(withTls(file, server.key))
    expect(more).toEqual([])
    expect(problem?.path).toBe('listen.tls.certificate')
    expect(problem?.message).toContain('cannot be used for TLS')
  })

  test('that is to name authorities and holds none', async () => {
    expect(await problemsOf(clients(`{ mode: request, ca: ${server.key} }`))).toEqual([
      expect.objectContaining({ path: 'listen.tls.clientCertificates.ca' }),
    ])
  })
})

test('certificates are required of an authority alone', async () => {
  expect(await problemsOf(clients('{ mode: require }'))).toEqual([
    expect.objectContaining({
      path: 'listen.tls.clientCertificates.ca',
      message: 'required with `mode: require`: else whoever makes a certificate has one.',
    }),
  ])
  expect(await problemsOf(clients('{ mode: request }'))).toEqual([])
})

test('a field about certificates needs a proxy that is trusted', async () => {
  expect(await problemsOf(aConfig('listen: { forwardedCertificate: {} }\n'))).toEqual([
    expect.objectContaining({ path: 'listen.forwardedCertificate' }),
  ])
  const trusting = 'listen: { trustedProxies: [10.0.0.7], forwardedCertificate: {} }\n'
  const loaded = await load(aConfig(trusting))
  expect('config' in loaded && loaded.config.listen.forwardedCertificate).toEqual({
    field: 'Client-Cert',
    format: 'rfc9440',
  })
})

test.each(['Authorization', 'Cookie', 'X_Forwarded_For', 'Host', 'Connection'])(
  'a certificate cannot come in %s',
  async (field) => {
    const text = `listen: { trustedProxies: [10.0.0.7], forwardedCertificate: { field: ${field} } }\n`
    expect(await problemsOf(aConfig(text))).toEqual([
      expect.objectContaining({ path: 'listen.forwardedCertificate.field' }),
    ])
  },
)

test('a public URL of plain http beside TLS is warned of', async () => {
  const text = withTls(server.certificate, server.key).replace('https://app', 'http://app')
  expect(await warningsOf(text)).toEqual(
    expect.arrayContaining([expect.objectContaining({ path: 'publicUrl' })]),
  )
})

test('tokens cannot be required to be bound where nobody can show a certificate', async () => {
  const bound = (listen: string): string =>
    aConfig(`listen: ${listen}\n`).replace(
      '    clientId: postern\n    clientSecret: a-client-secret\n',
      '    clientId: postern\n    bearer: { audiences: [api], certificateBound: required }\n',
    )
  expect(await problemsOf(bound('{ trustedProxies: [10.0.0.7] }'))).toEqual([
    expect.objectContaining({ path: 'providers[0].bearer.certificateBound' }),
  ])
  const told = '{ trustedProxies: [10.0.0.7], forwardedCertificate: {} }'
  expect(await problemsOf(bound(told))).toEqual([])
})

test.each([7, '~', null, true, [null], {}])(
  'with %j in the place of any setting of TLS the check has an answer',
  async (value) => {
    const { certificate, key } = server
    const clientCertificates = { mode: 'request', ca: authority.file }
    for (const listen of [
      { tls: value },
      { tls: { certificate: value, key } },
      { tls: { certificate, key: value } },
      { tls: { certificate, key, clientCertificates: value } },
      { tls: { certificate, key, clientCertificates: { ...clientCertificates, mode: value } } },
      { tls: { certificate, key, clientCertificates: { ...clientCertificates, ca: value } } },
    ]) {
      const problems = await problemsOf(aConfig(`listen: ${JSON.stringify(listen)}\n`))
      expect(problems.length, JSON.stringify(listen)).toBeGreaterThan(0)
    }
  },
)

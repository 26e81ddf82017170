import { expect, test } from 'vitest'
import { aConfig, problemsOf } from '../configFile.ts'

const problemsWith = (listen: string, url: string): ReturnType<typeof problemsOf> =>
  problemsOf(
    aConfig(`listen: { address: "${listen}" }\nadmin: { address: "127.0.0.1:9090" }\n`).replace(
      'http://127.0.0.1:3000',
      `"${url}"`,
    ),
  )

test.each([
  ['0.0.0.0:8080', 'http://localhost:8080', 'listen.address is 0.0.0.0:8080'],
  ['0.0.0.0:8080', 'http://127.0.0.1:8080', 'listen.address'],
  ['[::]:8080', 'http://[::1]:8080', 'listen.address is [::]:8080'],
  ['127.0.0.1:8080', 'http://0.0.0.0:8080', 'listen.address'],
  ['127.0.0.1:80', 'http://localhost', 'listen.address'],
  ['10.0.0.5:443', 'https://10.0.0.5', 'listen.address'],
  ['localhost:8080', 'http://127.0.0.1:8080', 'listen.address'],
  ['0.0.0.0:8080', 'http://127.0.0.1:9090', 'admin.address is 127.0.0.1:9090'],
])('a gateway on %s with an upstream %s would call itself', async (listen, url, words) => {
  expect(await problemsWith(listen, url)).toEqual([
    expect.objectContaining({
      path: 'upstreams.billing.url',
      message: expect.stringContaining(words),
    }),
  ])
})

test.each([
  ['0.0.0.0:8080', 'http://127.0.0.1:8081'],
  ['0.0.0.0:8080', 'http://app.internal:8080'],
  ['0.0.0.0:8080', 'http://10.0.0.7:8080'],
  ['127.0.0.1:8080', 'http://127.0.0.2:8080'],
  ['127.0.0.1:8080', 'http://[::1]:8080'],
])('a gateway on %s with an upstream %s does not', async (listen, url) => {
  expect(await problemsWith(listen, url)).toEqual([])
})

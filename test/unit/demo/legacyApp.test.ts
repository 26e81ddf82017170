import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createLegacyApp } from '../../../demo/legacyApp.ts'
import { accountPassword } from '../../../demo/stockRoom.ts'
import { createHttpClient, rawExchange } from '../../support/httpClient.ts'
import { portOf } from '../../support/upstream.ts'

describe('the old application', () => {
  test('greets whoever the request headers name', async () => {
    await using app = await startApp()
    const fields = ['X-Forwarded-User', '4711', 'X-Forwarded-Preferred-Username', 'alice']
    const page = await app.client.request(app.url, { fields })
    expect(page.status).toBe(200)
    expect(page.text).toContain('Good day, alice')
    const byUser = await app.client.request(app.url, { fields: ['X-Forwarded-User', '4711'] })
    expect(byUser.text).toContain('Good day, 4711')
    const byNobody = await app.client.request(app.url)
    expect(byNobody.text).toContain('Good day, whoever you are')
  })

  test('shows a header with markup in it as text', async () => {
    await using app = await startApp()
    const fields = ['X-Forwarded-User', '<script>alert(1)</script>', 'X-A', '"><img src=x>']
    const page = await app.client.request(app.url, { fields })
    expect(page.text).toContain('Good day, &lt;script&gt;')
    expect(page.text).not.toContain('<img')
  })

  test('/headers.json lists every header as it came, duplicates included', async () => {
    await using app = await startApp()
    const fields = ['X-Twice', '1', 'x-twice', '2']
    const answer = await app.client.request(`${app.url}headers.json`, { fields })
    expect(answer.json()).toMatchObject({
      rawHeaders: expect.arrayContaining(['X-Twice', '1', 'x-twice', '2']),
      headers: { 'x-twice': '1, 2' },
    })
  })

  test('/echo answers a WebSocket with what it was sent', async () => {
    await using app = await startApp()
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}echo`)
    await once(socket, 'open')
    socket.send('Is anybody there?')
    const [data] = await once(socket, 'message')
    expect(String(data)).toBe('Is anybody there?')
    socket.terminate()
  })

  test('/clock is an event stream that begins at once', async () => {
    await using app = await startApp()
    const request = 'GET /clock HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const received = await rawExchange(app.port, request, {
      until: (text) => /data: \d/.test(text),
    })
    expect(received.toLowerCase()).toContain('content-type: text/event-stream')
  })

  test('/admin and /public/about are plain pages; any other address is 404', async () => {
    await using app = await startApp()
    const statuses = await Promise.all(
      ['admin', 'public/about', 'public/style.css', 'nowhere'].map(async (path) => {
        return (await app.client.request(app.url + path)).status
      }),
    )
    expect(statuses).toEqual([200, 200, 200, 404])
  })
})

describe('the stock room', () => {
  const asForm = ['Content-Type', 'application/x-www-form-urlencoded']
  const post = (app: Awaited<ReturnType<typeof startApp>>, name: string, password: string) => {
    const body = new URLSearchParams({ login_name: name, login_pass: password }).toString()
    return app.client.request(`${app.url}old/login`, { method: 'POST', fields: asForm, body })
  }

  test('shows nobody anything but its form, whoever the headers name', async () => {
    await using app = await startApp()
    const fields = ['X-Forwarded-User', 'alice']
    const page = await app.client.navigate(`${app.url}old/`, { fields })
    expect(page.url).toBe(`${app.url}old/login`)
    expect(page.text).toContain('name="login_pass"')
  })

  test.each([
    ['alice', 'alice'],
    ['mallory', accountPassword],
    ['', ''],
  ])('does not let %j in with %j', async (name, password) => {
    await using app = await startApp()
    expect((await post(app, name, password)).text).toContain('Wrong name or password.')
    expect((await app.client.request(`${app.url}old/`)).status).toBe(303)
  })

  test('has a session for whoever brings the one password, until they log out', async () => {
    await using app = await startApp()
    expect((await post(app, 'bob', accountPassword)).headers.location).toBe('/old/')
    expect((await app.client.request(`${app.url}old/`)).text).toContain('Welcome, <b>bob</b>')
    await app.client.request(`${app.url}old/logout`)
    expect((await app.client.request(`${app.url}old/`)).status).toBe(303)
  })

  test('shows an error with markup in it as text; any other address is 404', async () => {
    await using app = await startApp()
    const page = await app.client.request(`${app.url}old/login?error=%3Cimg%3E`)
    expect(page.text).toContain('&lt;img&gt;')
    expect((await app.client.request(`${app.url}old/nowhere`)).status).toBe(404)
  })
})

describe('an upload', () => {
  const boundary = 'the-boundary'
  const contents = {
    empty: Buffer.alloc(0),
    small: Buffer.from('hello'),
    'full of what looks like a boundary': Buffer.alloc(300_000, `\r\n--${boundary.slice(0, -1)}`),
  }

  test.each(Object.entries(contents))(
    'that is raw and %s is counted and hashed',
    async (_, file) => {
      await using app = await startApp()
      const answer = await app.client.request(`${app.url}upload`, { method: 'POST', body: file })
      expect(answer.json()).toEqual({ size: file.length, sha256: sha256(file) })
    },
  )

  test.each(Object.entries(contents))('by form that is %s is the file alone', async (_, file) => {
    await using app = await startApp()
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`
    const body = Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)])
    const fields = ['Content-Type', `multipart/form-data; boundary=${boundary}`]
    const answer = await app.client.request(`${app.url}upload`, { method: 'POST', fields, body })
    expect(answer.json()).toEqual({ size: file.length, sha256: sha256(file) })
  })

  test('from a browser is answered with a page', async () => {
    await using app = await startApp()
    const fields = ['Accept', 'text/html']
    const answer = await app.client.request(`${app.url}upload`, {
      method: 'POST',
      fields,
      body: 'x',
    })
    expect(answer.headers['content-type']).toMatch(/^text\/html/)
    expect(answer.text).toContain(sha256(Buffer.from('x')))
  })
})

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function startApp() {
  const server = createLegacyApp().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  return {
    port,
    url: `http://localhost:${port}/`,
    client: createHttpClient(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

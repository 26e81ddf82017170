// A world with an old application that has a sign-in form of its own at `/login`: what it is posted, byte for byte, and
// who it was told has signed in.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { ConfigInput } from '../../src/config/schema.ts'
import type { HttpAnswer, HttpClient, RequestOptions } from './httpClient.ts'
import { startPasswordWorld } from './passwordWorld.ts'
import { startUpstream, type RecordedRequest, type Upstream } from './upstream.ts'
import type { World, WorldOptions } from './world.ts'

export interface FormWorld extends AsyncDisposable {
  readonly world: World
  /** Bodies as the application got them, in the order of its requests. */
  readonly bodies: Buffer[]
  /** As the page's form is sent by a browser: urlencoded, from a page of the application. */
  post(body: string | Uint8Array, change?: PostChange): Promise<HttpAnswer>
}

export interface PostChange {
  readonly client?: HttpClient
  readonly path?: string
  readonly type?: string
  /** In place of those that say that a page of the application has sent the form. */
  readonly from?: readonly string[]
  /** In place of those of a person's browser. */
  readonly as?: readonly string[]
  readonly fields?: readonly string[]
}

type RouteInput = ConfigInput['routes'][number]
type FormInput = NonNullable<RouteInput['signInForm']>

export interface FormWorldOptions extends WorldOptions {
  readonly form?: Partial<FormInput>
  readonly route?: Partial<RouteInput>
}

export const urlencoded = 'application/x-www-form-urlencoded'

export async function startFormWorld(options: FormWorldOptions = {}): Promise<FormWorld> {
  const bodies: Buffer[] = []
  const upstream = await startUpstream((request, response, recorded) =>
    answer(request, response, { recorded, bodies }),
  )
  const world = await startPasswordWorld({ routes: toRoutes(options), upstream, ...options })
  return {
    world,
    bodies,
    post: (body, change = {}) => post(world, body, change),
    async [Symbol.asyncDispose]() {
      await world.stop()
      await upstream.close()
    },
  }
}

function toRoutes({ form, route }: FormWorldOptions): ConfigInput['routes'] {
  return [
    {
      match: { path: '/login' },
      access: 'optional',
      signInForm: { user: 'login', password: 'passwd', ...form },
      upstream: 'app',
      ...route,
    },
    { match: { path: '/logout' }, access: 'optional', logout: true, upstream: 'app' },
    { match: { path: '/**' }, upstream: 'app' },
  ]
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { recorded, bodies }: { readonly recorded: RecordedRequest; readonly bodies: Buffer[] },
): Promise<void> {
  const body = await buffer(request)
  bodies.push(body)
  recorded.bodySize = body.length
  if (recorded.method === 'POST') response.setHeader('Set-Cookie', 'PHPSESSID=of-the-app; Path=/')
  response.setHeader('Content-Type', 'text/plain')
  response.end(`the application: ${recorded.method} ${recorded.url}`)
}

async function post(
  world: World,
  body: string | Uint8Array,
  change: PostChange,
): Promise<HttpAnswer> {
  const { client = world.browser(), path = '/login', type = urlencoded } = change
  const { from = ['Origin', world.publicUrl, 'Sec-Fetch-Site', 'same-origin'] } = change
  const { as = ['Accept', 'text/html', 'Sec-Fetch-Mode', 'navigate'], fields = [] } = change
  const options: RequestOptions = {
    method: 'POST',
    fields: ['Content-Type', type, ...from, ...as, ...fields],
    body,
  }
  return client.request(world.publicUrl + path, options)
}

/** What the application got last. */
export function lastSeen({ world: { upstream } }: FormWorld): RecordedRequest {
  const seen: Upstream['requests'][number] | undefined = upstream.requests.at(-1)
  if (seen === undefined) throw new Error('the application was not asked')
  return seen
}

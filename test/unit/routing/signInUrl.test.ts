import { expect, test } from 'vitest'
import { createFindSignInUrl } from '../../../src/routing/signInUrl.ts'
import { someRoutes, type RouteInput } from './routes.ts'

const typed: RouteInput = { match: { path: '/**' }, authenticate: ['password'] }
const sent: RouteInput = { match: { path: '/portal/**' } }
const open: RouteInput = { match: { path: '/' }, access: 'public' }
const elsewhere: RouteInput = { match: { path: '/**', host: 'other.example' } }
const machines: RouteInput = { match: { path: '/api/**' }, authenticate: ['bearer'] }

test.each([
  ['the route of the place takes passwords', [typed, sent], '/', 'sign-in'],
  ['another route takes passwords', [typed, sent], '/portal/x', 'login'],
  ['nobody is asked there, and passwords are all that is taken', [typed, open], '/', 'sign-in'],
  ['nobody is asked there, and both are taken', [typed, open, sent], '/', 'login'],
  ['a route of another host does not take passwords', [typed, elsewhere, sent], '/', 'sign-in'],
  ['callers there are machines', [machines, typed], '/api/x', 'sign-in'],
  ['nobody signs in anywhere', [machines], '/', 'login'],
])('where %s', (_, routes, place, start) => {
  const policy = { publicUrl: 'https://app.example', prefix: '/.postern' }
  const find = createFindSignInUrl(someRoutes(...routes), policy)
  expect(find(place)).toBe(`/.postern/${start}?rd=${encodeURIComponent(place)}`)
})

test.each([
  ['/', '/old/login'],
  ['/stock', '/old/login?next=%2Fstock'],
])(
  'where all of them send people to a page of the application, %s is reached by %s',
  (place, page) => {
    const policy = { publicUrl: 'https://app.example', prefix: '/.postern' }
    const led: RouteInput = { match: { path: '/**' }, signInPage: '/old/login' }
    const [route, ...others] = someRoutes(led, open)
    const find = createFindSignInUrl([{ ...route!, returnParameter: 'next' }, ...others], policy)
    expect(find(place)).toBe(page)
  },
)

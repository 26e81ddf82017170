import type { Finding } from '../problems/problem.ts'
import { isForPeople } from '../routes/route.ts'
import type { UnresolvedConfig } from '../schema.ts'

/** Routes that ask for a session where no browser can have one. */
export function findHostWarnings({ publicUrl, routes }: UnresolvedConfig): Finding[] {
  return routes.flatMap((route, index) => {
    const { match, access } = route
    const isReachable = match.host === undefined || covers(match.host, new URL(publicUrl))
    if (isReachable || access === 'public' || !isForPeople(route)) return []
    const message = `nobody is signed in here: sessions are for the host of publicUrl, ${publicUrl}, alone.`
    return [{ path: ['routes', index, 'match', 'host'], message }]
  })
}

/** `app.example.com`, with or without the port, or `*.example.com`. */
function covers(pattern: string, { host, hostname }: URL): boolean {
  const [name, port] = pattern.startsWith('*.') ? pattern.slice(1).split(':') : []
  if (name === undefined) return pattern === host || pattern === hostname
  return hostname.endsWith(name) && (port === undefined || host.endsWith(`:${port}`))
}

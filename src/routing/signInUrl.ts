// Where a person starts to sign in for a place of the public host: the page that its route names, our form where it takes
// passwords, else the way to the issuer. For pages of ours that offer a sign-in and stand on no route themselves.

import type { Config } from '../config/config.ts'
import { isForPeople, type Route } from '../config/routes/route.ts'
import { toLoginUrl, toSignInPage, toSignInUrl } from '../http/redirects.ts'
import { createRouteTable } from './routeTable.ts'

/** @param place a path without escapes, query and fragment */
export type FindSignInUrl = (place: string) => string

export function createFindSignInUrl(
  routes: readonly Route[],
  { publicUrl, prefix }: Pick<Config, 'publicUrl' | 'prefix'>,
): FindSignInUrl {
  const table = createRouteTable(routes)
  const { host } = new URL(publicUrl)
  const asking = routes.filter(isAsking)
  return (place) => {
    const route = table.find(host, 'GET', place)
    // Because nobody is asked there: what the others ask for is what a sign-in can be meant for.
    const meant = route !== undefined && isAsking(route) ? [route] : asking
    const [first] = meant
    const page = first?.signInPage
    if (page !== undefined && meant.every(({ signInPage }) => signInPage === page)) {
      return toSignInPage(page, first?.returnParameter, place)
    }
    const takesPasswords = meant.length > 0 && meant.every(isForForm)
    return takesPasswords ? toSignInUrl(prefix, place) : toLoginUrl(prefix, place)
  }
}

function isAsking(route: Route): boolean {
  return route.access !== 'public' && isForPeople(route)
}

function isForForm({ authenticate }: Route): boolean {
  return authenticate.includes('password')
}

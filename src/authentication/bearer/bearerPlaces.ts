// Where a route takes access tokens besides the Authorization field (`bearerMethods`). More than one token in a
// request is a fault, wherever they stand (RFC 6750 §2). Only routes that name such a place come here.

import type { BearerMethods } from '../../config/schema/bearerMethods.ts'
import type { TokenScheme } from '../../errors/challenge.ts'
import { findCookies } from '../../http/cookies.ts'
import { findFieldValues } from '../../http/fields.ts'
import type { ReceivedRequest, RoutedRequest } from '../../request.ts'
import {
  findAuthorization,
  isOfScheme,
  isToken68,
  parseCredentials,
  type BearerCredentials,
} from './bearerCredentials.ts'
import { checkOwnSite, checkOwnSiteOfBrowser } from '../ownSite.ts'
import { findTokenParameters } from './tokenParameter.ts'

export type FindCredentials = (routed: RoutedRequest) => BearerCredentials | undefined

interface Place {
  readonly find: (received: ReceivedRequest) => readonly BearerCredentials[]
  /** What a token from here asks for besides. */
  readonly onTaken?: (routed: RoutedRequest) => void
}

/** @throws GatewayError from what it returns: `origin_not_allowed` */
export function createFindCredentials(
  methods: BearerMethods,
  schemes: readonly TokenScheme[],
  publicUrl: string,
): FindCredentials {
  const places = [toAuthorizationPlace(schemes), ...toOtherPlaces(methods, publicUrl)]
  return (routed) => {
    let only: BearerCredentials | undefined
    let from: Place | undefined
    for (const place of places) {
      for (const credentials of place.find(routed.received)) {
        if (only !== undefined) return { fault: 'more than one access token' }
        only = credentials
        from = place
      }
    }
    if (only !== undefined && 'token' in only) from?.onTaken?.(routed)
    return only
  }
}

function toAuthorizationPlace(schemes: readonly TokenScheme[]): Place {
  return {
    find({ fields }) {
      const value = findAuthorization(fields)
      if (value === undefined) return []
      if (typeof value !== 'string') return [value]
      return [parseCredentials(value, schemes)].filter((found) => found !== undefined)
    },
  }
}

function toBasicPlace(publicUrl: string): Place {
  return {
    find({ fields }) {
      const value = findAuthorization(fields)
      if (typeof value !== 'string' || !isOfScheme(value, 'basic')) return []
      return [toCredentials(findPassword(value))]
    },
    onTaken: (routed) => checkOwnSiteOfBrowser(routed, publicUrl),
  }
}

function toOtherPlaces(methods: BearerMethods, publicUrl: string): Place[] {
  const { header, cookie, basic, query } = methods
  const places: Place[] = basic ? [toBasicPlace(publicUrl)] : []
  if (header !== undefined) {
    const name = header.toLowerCase()
    places.push({ find: ({ fields }) => findFieldValues(fields, name).map(toCredentials) })
  }
  if (cookie !== undefined) {
    places.push({
      find: ({ cookies = '' }) => findCookies(cookies, cookie).map(toCredentials),
      onTaken: (routed) => checkOwnSite(routed, publicUrl),
    })
  }
  if (query) {
    places.push({
      find: ({ target }) => findTokenParameters(target).map(toCredentials),
      onTaken: ({ received }) => {
        // RFC 6750 §5.3.
        received.isUnstorable = true
        // Threat: a page's address, token included, is the Referer of all that it asks the application for.
        received.answerFields = [...(received.answerFields ?? []), ...withoutAddress]
      },
    })
  }
  return places
}

// Because `no-referrer` would take the Origin of forms away, too.
const withoutAddress = ['Referrer-Policy', 'strict-origin']

function toCredentials(token: string | undefined): BearerCredentials {
  if (token === undefined || !isToken68(token)) return { fault: 'characters that no token has' }
  return { token, scheme: 'Bearer' }
}

/** RFC 7617 §2. */
function findPassword(value: string): string | undefined {
  const encoded = value.slice('basic'.length).trim()
  if (!isToken68(encoded)) return undefined
  const pair = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = pair.indexOf(':')
  return colon === -1 ? undefined : pair.slice(colon + 1)
}

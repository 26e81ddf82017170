// Adds Authorization to the fields of requests whose upstream is sent credentials. Where none is, nothing is added to
// the way of a request.

import { findFieldValues } from '../http/fields.ts'
import type { AuthorizedRequest } from '../request.ts'
import type { AuthorizationSource } from './authorizationSource.ts'

type Sources = ReadonlyMap<string, AuthorizationSource>

export interface IdentityWithCredentials {
  /** A promise only where the credentials have to be obtained first. */
  readonly identify: (authorized: AuthorizedRequest) => string[] | Promise<string[]>
  /** The upstream has answered 401 to these fields. True where it may be sent others; undefined where never. */
  readonly drop: ((authorized: AuthorizedRequest, fields: readonly string[]) => boolean) | undefined
}

export function withCredentials(
  identify: (authorized: AuthorizedRequest) => string[],
  sources: Sources,
): IdentityWithCredentials {
  if (sources.size === 0) return { identify, drop: undefined }
  const mayDrop = [...sources.values()].some((source) => 'drop' in source)
  return {
    identify(authorized) {
      const fields = identify(authorized)
      const value = sources.get(authorized.routed.route.upstream)?.find(authorized)
      if (value === undefined) return fields
      if (value instanceof Promise) {
        return value.then((obtained) => withAuthorization(fields, obtained))
      }
      return withAuthorization(fields, value)
    },
    drop: mayDrop ? (authorized, fields) => dropFrom(sources, authorized, fields) : undefined,
  }
}

function withAuthorization(fields: string[], value: string): string[] {
  fields.push('Authorization', value)
  return fields
}

function dropFrom(
  sources: Sources,
  authorized: AuthorizedRequest,
  fields: readonly string[],
): boolean {
  const [value] = findFieldValues(fields, 'authorization')
  const source = sources.get(authorized.routed.route.upstream)
  return value !== undefined && source?.drop?.(authorized, value) === true
}

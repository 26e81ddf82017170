import { foldFieldName, isHopByHop } from '../../http/fields.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'
import type { IdentityConfig } from '../schema/identity.ts'
import { fieldName } from '../schema/values.ts'
import { findRepeats } from './repeats.ts'

// Threat: a claim is in part what a person chose; it must not frame, route or authenticate a request.
const reserved: ReadonlySet<string> = new Set([
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'max-forwards',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-http-method-override',
])

// Threat: an upstream would take what is merely written there for signed.
const assertion = /^-*(?:http-+)*x-+postern-+assertion-*$/

function isReserved(folded: string): boolean {
  return isHopByHop(folded) || reserved.has(folded) || assertion.test(folded)
}

/** Headers that no claim may be written to, and two that an upstream could take for one. */
export function findHeaderProblems({ headers }: IdentityConfig, path: SettingPath): Finding[] {
  const names = Object.keys(headers).filter((name) => fieldName.safeParse(name).success)
  const at = (name: string): Pick<Finding, 'path' | 'pointsAt'> => ({
    path: [...path, 'headers', name],
    pointsAt: 'key',
  })
  const unfit = names
    .filter((name) => isReserved(foldFieldName(name)))
    .map((name) => ({ ...at(name), message: 'this field is not free to carry a claim.' }))
  const repeated = findRepeats(names.map(foldFieldName)).map(({ index, first }) => ({
    ...at(names[index]!),
    message: `an upstream may take it for ${names[first]}. Keep one of them.`,
  }))
  return [...unfit, ...repeated]
}

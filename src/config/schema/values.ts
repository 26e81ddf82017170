// The small values that settings are made of: addresses, URLs, secrets, names. Each parses to what the code needs
// and prints in the JSON Schema as what a person writes; its `title` there is the name of the kind in
// docs/configuration.md.

import { METHODS } from 'node:http'
import { z } from 'zod'

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** `0.0.0.0:8080`, `[::1]:8080`, `localhost:8080`. Port 0 takes a free one. */
export const listenAddress = z
  .string()
  .regex(
    /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/,
    'expected host:port, such as 0.0.0.0:8080',
  )
  .transform((text): ListenAddress => {
    const colon = text.lastIndexOf(':')
    return {
      host: text.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(text.slice(colon + 1)),
    }
  })
  .refine((address) => address.port <= 65_535, { error: 'expected a port of at most 65535' })
  .meta({ title: 'host:port' })

/** As a file writes it. */
export function writeAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    !url.hostname.includes('*') &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  )
}

/** An http(s) URL with nothing behind the port; parses to its origin, `https://app.example.com`. */
export const originUrl = z
  .string()
  .refine(isOrigin, {
    error:
      'expected an http(s) URL without path, query, credentials or wildcards, such as https://app.example.com',
  })
  .transform((text) => new URL(text).origin)
  .meta({ title: 'http(s) URL' })

/** RFC 9728 §1.2. Without escapes, so that a path has one spelling. */
function isResource(text: string): boolean {
  const url = URL.parse(text)
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  return isHttp && (text === url.href || `${text}/` === url.href) && isPlainPath(url)
}

function isPlainPath({ origin, href, pathname }: URL): boolean {
  const path = pathname === '/' ? '/x' : pathname
  return href === origin + pathname && /^(\/[A-Za-z0-9._~-]+)+$/.test(path)
}

/** `https://api.example.com`, or with a path behind it. */
export const resourceUrl = z
  .string()
  .refine(isResource, {
    error: 'expected an http(s) URL without query, such as https://api.example.com/invoices',
  })
  .meta({ title: 'http(s) URL' })

/** A secret as the file names it: written out, or where to find it. `config/secrets.ts` resolves it. */
export type SecretReference = string | { readonly env: string } | { readonly file: string }

export const secret = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable'),
      }),
      z.strictObject({ file: z.string().min(1) }),
    ],
    { error: 'expected the value itself, { env: NAME } or { file: PATH }' },
  )
  .meta({ title: 'secret' })

/** A field name of RFC 9110 §5.1. */
export const fieldName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'expected a header field name')
  .meta({ title: 'header name' })

/** A method of RFC 9110 §9.1, as clients write it. */
export const methodName = z
  .string()
  .regex(/^[A-Z-]+$/, { error: 'expected a method in capitals, such as GET', abort: true })
  // Because a method that Node does not know is answered before there is a request.
  .refine((name) => METHODS.includes(name), { error: 'expected a method of HTTP, such as GET' })
  .meta({ title: 'method' })

/** A word that names a provider or an upstream. */
export const identifier = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    'expected lower-case letters, digits, - and _, starting with a letter or digit',
  )
  .meta({ title: 'name' })

/** Where browsers may be sent by a setting; the check makes sure that it is none of our own endpoints. */
export const placeOfOurs = z
  .string()
  .max(1000)
  .regex(/^\/(?!\/)[!-"$-[\]-~]*$/, 'expected a path of this site, such as /home')
  .meta({ title: 'path, query allowed' })

/** A file that is read at start; relative names are looked up beside the configuration file. */
export const filePath = z.string().min(1).meta({ title: 'file' })

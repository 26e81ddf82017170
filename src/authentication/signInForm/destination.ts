// Where a person goes who has signed in by a form of the application's own: where the form says, or else the address of
// its page, since old pages keep no more of it than that. Always a place of this site.

import type { Config } from '../../config/config.ts'
import type { SignInFormConfig } from '../../config/schema/signInForm.ts'
import { checkRedirect } from '../../http/redirects.ts'
import type { RoutedRequest } from '../../request.ts'
import type { Form } from './form.ts'
import { findFormValue } from './formCredentials.ts'

export interface Destination {
  /** Checked. */
  readonly place: string
  /** The same where something has named it; undefined where it is that of the configuration. */
  readonly named: string | undefined
}

type Settings = Pick<SignInFormConfig, 'success'>
type Policy = Pick<Config, 'publicUrl' | 'prefix'>

/** Of a form that was posted. */
export function findDestination(
  { received, target }: Pick<RoutedRequest, 'received' | 'target'>,
  form: Form,
  { settings, config }: { readonly settings: Settings; readonly config: Policy },
): Destination {
  const { redirectField } = settings.success
  if (redirectField === undefined) return choose([], settings, config)
  const page = URL.parse(received.incoming.headers.referer ?? '')
  const ofPage = page?.origin === config.publicUrl ? page.search : ''
  const named = [
    findFormValue(form, redirectField),
    findInQuery(target.query, redirectField),
    findInQuery(ofPage, redirectField),
  ]
  return choose(named, settings, config)
}

/** Of the page with the form. */
export function findPageDestination(query: string, settings: Settings, config: Policy): string {
  const { redirectField } = settings.success
  const named = redirectField === undefined ? [] : [findInQuery(query, redirectField)]
  return choose(named, settings, config).place
}

/** The first value that is a place of this site, else the configured one. */
function choose(
  values: readonly (string | undefined)[],
  { success }: Settings,
  config: Policy,
): Destination {
  for (const value of values) {
    const place = checkRedirect(value, config)
    if (place !== '/' || value === '/') return { place, named: place }
  }
  return { place: success.redirect ?? '/', named: undefined }
}

/** Threat: of two, the application might believe the other one. */
function findInQuery(query: string, name: string): string | undefined {
  const values = new URLSearchParams(query).getAll(name)
  return values.length === 1 ? values[0] : undefined
}

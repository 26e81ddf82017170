// The generated pages, and what each of them should hold now.

import { writeConfigurationReference } from '../src/config/docs/reference.ts'
import { writeErrorsReference } from './errorsReference.ts'
import { writeIdentityReference } from './identityReference.ts'

export const references: readonly { readonly file: string; readonly write: () => string }[] = [
  { file: 'docs/configuration.md', write: writeConfigurationReference },
  { file: 'docs/errors.md', write: writeErrorsReference },
  { file: 'docs/identity-headers.md', write: writeIdentityReference },
]

// docs/identity-headers.md: the prose stands in identityReferenceText.ts, every header, value and setting in it
// comes from the code that sends it.

import { findSetting, toNode } from '../src/config/schema/jsonSchema.ts'
import { listInside, writeTable } from '../src/config/docs/reference.ts'
import { encodings, headerRuleSchema } from '../src/config/schema/identityHeader.ts'
import { identitySchema } from '../src/config/schema/identity.ts'
import { encodeText } from '../src/identity/encoding.ts'
import { claimsOf, compileHeaderValue } from '../src/identity/headerValue.ts'
import { presets, type IdentityHeader } from '../src/identity/presets.ts'
import { createPrincipalFields } from '../src/identity/principalFields.ts'
import type { Principal } from '../src/request.ts'
import {
  afterPresets,
  ending,
  introduction,
  presetTexts,
  recipes,
  rulesText,
} from './identityReferenceText.ts'

const ada: Principal = {
  kind: 'person',
  providerId: 'acme',
  issuer: 'https://acme.example/oidc',
  subject: '24400320',
  scopes: ['openid', 'email'],
  claims: {
    name: 'Ada Łukasz',
    email: 'ada@example.com',
    preferred_username: 'ada',
    groups: ['staff', 'R&D, Basel'],
    dn: 'uid=ada,ou=people,dc=example,dc=com',
    memberOf: ['CN=Staff,OU=Groups,DC=example', 'CN=Board,OU=Groups,DC=example'],
  },
}

const billing: Principal = {
  ...ada,
  kind: 'client',
  subject: 'billing-job',
  scopes: ['invoices:read'],
  claims: { client_id: 'billing-job' },
}

const fieldsFor = createPrincipalFields(new Map())

function findExample(preset: keyof typeof presets, { name, isForClients }: IdentityHeader): string {
  const principal = isForClients === true ? billing : ada
  const fields = fieldsFor(identitySchema.parse({ preset }))(principal)
  const at = fields.indexOf(name)
  return at === -1 ? '' : fields[at + 1]!
}

/** The whole page. */
export function writeIdentityReference(): string {
  return [
    introduction,
    ...Object.entries(presetTexts).map(([preset, text]) =>
      writePreset(identitySchema.shape.preset.parse(preset), text),
    ),
    afterPresets,
    ...recipes.map(writeRecipe),
    rulesText,
    writeRuleTable(),
    `| encoding | \`Ada Łukasz\` | \`100%\` | \`a, b\` as an entry of a list |\n|---|---|---|---|\n${encodings.map(writeEncoding).join('')}`,
    ending,
  ].join('\n')
}

function writeRuleTable(): string {
  const options = findSetting(['identity', 'headers', 'any'])?.anyOf ?? []
  const mapping = options.map(toNode).find((node) => node?.properties !== undefined)
  return writeTable(listInside(mapping ?? {}, ''))
}

function writePreset(preset: keyof typeof presets, text: string): string {
  const rows = presets[preset].map(
    (header) =>
      `| \`${header.name}\` | ${describeSource(header)} | \`${escapeCell(findExample(preset, header))}\` |\n`,
  )
  return `### \`${preset}\`\n\n${text}\n\n| header | carries | for example |\n|---|---|---|\n${rows.join('')}`
}

function describeSource(header: IdentityHeader): string {
  const claims = claimsOf(header).map((claim) => `\`${claim}\``)
  const source =
    header.carriesGroups === true ? "the provider's `claims.groups`" : claims.join(', ')
  const between = header.separator === undefined ? '' : `, \`${header.separator}\` between`
  const quoted = header.quoted === true ? ', each in double quotes' : ''
  return `${source}${between}${quoted}${header.isForClients === true ? '; of a client alone' : ''}`
}

export interface Recipe {
  readonly purpose: string
  readonly header: string
  /** As it stands in the file, in one line. */
  readonly yaml: string
  readonly rule: Readonly<Record<string, string | boolean>>
}

function writeRecipe({ purpose, header, yaml, rule }: Recipe): string {
  const value = compileHeaderValue(headerRuleSchema.parse(rule))((name) =>
    name === 'sub' ? ada.subject : ada.claims[name],
  )
  return `${purpose}\n\n\`\`\`yaml\n${header}: ${yaml}\n# ${header}: ${value}\n\`\`\`\n`
}

function writeEncoding(encoding: (typeof encodings)[number]): string {
  const cells = [
    encodeText('Ada Łukasz', encoding),
    encodeText('100%', encoding),
    encodeText('a, b', encoding, ','),
  ]
  // Because the page is text, raw bytes are shown as what they stand for.
  const shown = cells.map((cell) => Buffer.from(cell, 'latin1').toString('utf8'))
  return `| \`${encoding}\` | ${shown.map((cell) => `\`${cell}\``).join(' | ')} |\n`
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

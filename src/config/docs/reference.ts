// docs/configuration.md, written from the schema: what is not declared there is not in the reference.

import { toConfigJsonSchema, toNode, type SettingNode } from '../schema/jsonSchema.ts'
import { introduction } from './referenceIntroduction.ts'
import { type Section, sections } from './referenceText.ts'
import { mergeVariants } from './referenceVariants.ts'
import { describeKind, describeMeaning } from './referenceWords.ts'

/** One setting, or one group of settings, as the reference lists it. */
export interface ReferenceRow {
  /** `sessions.redis.url`, `routes[].match.path`, `upstreams.NAME.url`. */
  readonly path: string
  readonly kind: string
  /** As written in the file, or in words; empty where there is none. */
  readonly defaultValue: string
  readonly isRequired: boolean
  readonly description: string
}

/** Every setting there is, parents before what is inside them, in the order of the schema. */
export function listSettings(): ReferenceRow[] {
  return listInside(toConfigJsonSchema(), '')
}

/** The settings of a mapping, with what is inside them; their paths begin with `prefix`. */
export function listInside(parent: SettingNode, prefix: string): ReferenceRow[] {
  return Object.entries(parent.properties ?? {}).flatMap(([name, schema]) => {
    const node = toNode(schema)
    if (node === undefined) return []
    const path = `${prefix}${name}`
    const row = {
      path,
      kind: describeKind(node),
      isRequired: parent.required?.includes(name) === true,
      ...describeMeaning(node),
    }
    return [row, ...listInside(...toContents(node, path))]
  })
}

/** The mapping whose settings stand under this one, and how their paths begin. */
function toContents(node: SettingNode, path: string): [SettingNode, string] {
  const entry = toNode(node.additionalProperties)
  if (entry?.properties !== undefined) return [entry, `${path}.NAME.`]
  const item = Array.isArray(node.items) ? undefined : toNode(node.items)
  if (item?.properties !== undefined) return [item, `${path}[].`]
  return [node.oneOf === undefined ? node : mergeVariants(node.oneOf), `${path}.`]
}

/** The whole page. */
export function writeConfigurationReference(): string {
  const rows = listSettings()
  return `${introduction}\n${sections.map((section) => writeSection(section, rows)).join('\n')}`
}

function writeSection(section: Section, rows: readonly ReferenceRow[]): string {
  const own = rows.filter(({ path }) => section.settings.includes(topOf(path)))
  const example = `\`\`\`yaml\n${section.example}\`\`\`\n`
  return `## ${section.title}\n\n${section.text}\n\n${example}\n${writeTable(own)}`
}

/** `routes[].match.path` -> `routes` */
export function topOf(path: string): string {
  return path.split(/[.[]/, 1)[0]!
}

/** A table of Markdown. */
export function writeTable(rows: readonly ReferenceRow[]): string {
  const lines = rows.map(({ path, kind, defaultValue, isRequired, description }) => {
    const fallback = isRequired ? '**required**' : defaultValue
    return `| \`${path}\` | ${escapeCell(kind)} | ${escapeCell(fallback)} | ${escapeCell(description)} |`
  })
  return ['| setting | kind | default | meaning |', '|---|---|---|---|', ...lines, ''].join('\n')
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

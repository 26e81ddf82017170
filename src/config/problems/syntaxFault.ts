// What is wrong with text that is no YAML, and where. A parser says where it could not go on; a person looks for
// the quote that was never closed, or the line that is indented unlike its neighbours.

import { type Document, isCollection, isScalar, type Node, visit, type YAMLError } from 'yaml'
import { findMisfit } from './indentation.ts'

export interface SyntaxFault {
  readonly offset: number
  readonly message: string
}

const messages: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'set twice in the same place. Remove one of them.',
  MULTIPLE_DOCS: 'a second YAML document starts here; the configuration is one document.',
  TAG_RESOLVE_FAILED: 'YAML tags such as !include have no meaning here.',
  BAD_DQ_ESCAPE:
    "a backslash in double quotes starts an escape. Write the text in single quotes: 'a\\b'.",
  TAB_AS_INDENT: 'indented with a tab; YAML wants spaces.',
  BAD_INDENT: 'the indentation does not fit. Compare it with the lines above.',
  BAD_SCALAR_START: 'a text that starts with this character needs quotes.',
  MISSING_CHAR: 'a quote, a comma or a colon is missing here or in the line above.',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " in one line; put the text in quotes.',
  MULTILINE_IMPLICIT_KEY:
    'a colon with a space behind it is missing, or a text with line breaks needs quotes.',
  BAD_DIRECTIVE: 'this YAML directive is not understood.',
  UNEXPECTED_TOKEN:
    'nothing may follow here: a comma, a bracket or a quote too many, or one too few before.',
}

/** Says nothing of what the text is: it may be a secret. */
export function explainSyntax(fault: YAMLError, document: Document, text: string): SyntaxFault {
  const [offset] = fault.pos
  const known = { offset, message: messages[fault.code] ?? 'this is not valid YAML.' }
  if (isAboutOnePlace(fault)) return known
  return (
    findUnclosed(document, text, offset) ??
    findMisfit(text, offset) ??
    findTextBehindQuote(text, fault) ??
    known
  )
}

const onePlace: ReadonlySet<string> = new Set([
  'BAD_DQ_ESCAPE',
  'DUPLICATE_KEY',
  'MULTIPLE_DOCS',
  'TAB_AS_INDENT',
  'TAG_RESOLVE_FAILED',
])

function isAboutOnePlace({ code }: YAMLError): boolean {
  return onePlace.has(code)
}

/** The innermost quote or bracket that is open where the parser gave up. */
function findUnclosed(document: Document, text: string, offset: number): SyntaxFault | undefined {
  let unclosed: SyntaxFault | undefined
  visit(document, {
    Node(_, node) {
      const [start, end] = node.range ?? []
      if (start === undefined || end === undefined || start >= offset || end < offset) return
      const opening = text[start] ?? ''
      const closing = findClosing(node, opening)
      if (closing === undefined || (end > start + 1 && text[end - 1] === closing)) return
      unclosed = { offset: start, message: `the ${opening} that opens here is not closed.` }
    },
  })
  return unclosed
}

function findClosing(node: Node, opening: string): string | undefined {
  if (isScalar(node) && node.type?.startsWith('QUOTE') === true) return opening
  if (isCollection(node) && node.flow === true) return opening === '{' ? '}' : ']'
  return undefined
}

function findTextBehindQuote(text: string, { code, pos }: YAMLError): SyntaxFault | undefined {
  const [offset] = pos
  if (code !== 'UNEXPECTED_TOKEN' || !/["']/.test(text[offset - 1] ?? '')) return undefined
  return { offset, message: 'text behind a closing quote. Put the quote at the end of the text.' }
}

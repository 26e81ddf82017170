// Forms that somebody wrote to be read in two ways: what is judged here is what readers that know nothing of Postern
// find in what an application gets. The forms are made by chance, the same ones each time.

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  findFormCredentials,
  type FormCredentials,
} from '../../src/authentication/signInForm/formCredentials.ts'
import type { Content } from '../../src/authentication/signInForm/form.ts'
import { findFormat } from '../../src/authentication/signInForm/readForm.ts'
import { toReplayedContent } from '../../src/authentication/signInForm/replay.ts'
import { formTypes, type FormType } from '../../src/config/schema/signInForm.ts'
import { Secret } from '../../src/crypto/secret.ts'
import { GatewayError } from '../../src/errors/gatewayError.ts'
import { replaceContent } from '../../src/identity/replacedContent.ts'
import { startPhp, type Php } from '../support/fastCgi.ts'
import { createForms, type FieldNames, type SentForm } from './formMutations.ts'

type Pair = readonly [name: string, value: string]
type Reader = (content: Content) => readonly Pair[] | Promise<readonly Pair[]>

let php: Php
beforeAll(async () => {
  php = await startPhp(join(import.meta.dirname, 'postedFields.php'))
})
afterAll(() => php[Symbol.asyncDispose]())

async function readByPhp({ type, body }: Content, cookies = ''): Promise<readonly Pair[]> {
  const variables = { CONTENT_TYPE: type, HTTP_COOKIE: cookies }
  const answer = await php.ask({ variables, body })
  const fields: unknown = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
  if (!Array.isArray(fields)) throw new Error(answer)
  const decode = (text: unknown) => Buffer.from(String(text), 'base64').toString()
  return fields.map(([name, value]: unknown[]) => [decode(name), decode(value)])
}

async function readByRuntime({ type, body }: Content): Promise<readonly Pair[]> {
  const headers = { 'Content-Type': type }
  const form = await new Response(new Uint8Array(body), { headers }).formData()
  return [...form].map(([name, value]) => [name, typeof value === 'string' ? value : 'a file'])
}

const readersOf: Readonly<Record<FormType, readonly Reader[]>> = {
  'application/x-www-form-urlencoded': [
    readByPhp,
    readByRuntime,
    ({ body }) => [...new URLSearchParams(body.toString())],
  ],
  'multipart/form-data': [readByPhp, readByRuntime],
  'application/json': [
    readByPhp,
    ({ body }) => {
      const members: unknown = JSON.parse(body.toString())
      return Object.entries(Object(members)).map(([name, value]) => [name, String(value)])
    },
  ],
}

interface Judged {
  readonly content: Content
  readonly credentials: FormCredentials
}

const dummy = 'd&m+m=y"%'

/** Undefined where the form is refused. */
function judge({ type, body }: SentForm, names: FieldNames): Judged | undefined {
  try {
    const format = findFormat([type], { contentTypes: [...formTypes], charset: 'utf-8' })
    const form = { fields: format.parse(body), format }
    const credentials = findFormCredentials(form, names)
    const replay = { password: new Secret(dummy) }
    return (
      credentials && {
        content: toReplayedContent(form, credentials, { replay, claims: {} }),
        credentials,
      }
    )
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}

/** Folded as the widest reader would do it. */
const fold = (name: string): string => name.toLowerCase().replaceAll(/[ .[]/g, '_')

function findIn(fields: readonly Pair[], wanted: string): string[] {
  return fields.filter(([name]) => fold(name) === fold(wanted)).map(([, value]) => value)
}

describe.each<FieldNames>([
  { user: 'user_name', password: 'passwd' },
  { user: 'user[mail]', password: 'user[pw]' },
])('the names $user and $password', (names) => {
  const next = createForms(20_260, names)
  const forms = Array.from({ length: 5000 }, next)
  const judged = forms.flatMap((form) => judge(form, names) ?? [])

  test.each(formTypes)(
    'of %s, every reader finds one user, who was judged, and one password',
    async (formType) => {
      const ofType = judged.filter(({ content }) => content.type.startsWith(formType))
      expect(ofType.length).toBeGreaterThan(50)
      for (const { content, credentials } of ofType) {
        for (const read of readersOf[formType]) {
          const fields = await read(content)
          const found = [findIn(fields, names.user), findIn(fields, names.password)]
          expect(found, content.body.toString()).toEqual([[credentials.typed.username], [dummy]])
        }
      }
    },
  )

  test('as they were sent, some would have been read in another way', async () => {
    let misread = 0
    for (const form of forms) {
      const typed = judge(form, names)?.credentials.typed.username
      if (typed === undefined) continue
      const found = findIn(await readByPhp(form), names.user)
      if (found.length > 0 && found.join() !== typed) misread += 1
    }
    expect(misread).toBeGreaterThan(0)
  })
})

test.each(['user_name=bob', 'user.name=bob', 'user_name[]=bob', 'user[name=bob', ' user_name=bob'])(
  'PHP, which takes the cookie %s for a field, finds the one of the form',
  async (cookie) => {
    const cookies = `PHPSESSID=1; ${cookie}; lang=de`
    const content = { type: formTypes[0], body: Buffer.from('user_name=alice&passwd=dummy') }
    const taken = findIn(await readByPhp(content, cookies), 'user_name')
    expect(taken).not.toEqual(['alice'])
    const fields = ['Cookie', cookies]
    replaceContent(fields, { ...content, fieldNames: ['user_name', 'passwd'] })
    const found = await readByPhp(content, fields[1])
    expect(findIn(found, 'user_name')).toEqual(['alice'])
    expect(findIn(found, 'lang')).toEqual(['de'])
  },
)

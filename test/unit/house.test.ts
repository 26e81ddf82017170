import { build, type Plugin } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { findViolations, readSources, type Sources } from '../../scripts/importRule.ts'
import { findImports } from '../../scripts/importScanner.ts'

const sources = await readSources('.')

/** The house with one more file, or with lines put under an existing one. */
function withFile(file: string, text: string): Sources {
  return new Map([...sources, [file, `${text}\n${sources.get(file) ?? ''}`]])
}

/** What is wrong now and was not before. */
function newViolations(file: string, text: string): string[] {
  const known = new Set(findViolations(sources))
  return findViolations(withFile(file, text)).filter((violation) => !known.has(violation))
}

test('every import follows the order main, commands, gateway, pipeline, rooms, domain, leaves', () => {
  expect(findViolations(sources)).toEqual([])
})

describe('the rule notices', () => {
  test.each([
    ['a room that imports a room', 'src/routing/x.ts', "import { a } from '../forwarding/y.ts'"],
    [
      'a room that imports the type of a room',
      'src/routing/x.ts',
      "import type { A } from '../identity/y.ts'",
    ],
    ['a room that imports the pipeline', 'src/routing/x.ts', "import { a } from '../pipeline.ts'"],
    [
      'forwarding that knows sessions',
      'src/forwarding/x.ts',
      "import { a } from '../sessions/y.ts'",
    ],
    [
      'forwarding that knows the type of a Session',
      'src/forwarding/x.ts',
      "import type { Session } from '../sessions/session.ts'",
    ],
    ['forwarding that knows issuers', 'src/forwarding/x.ts', "import { a } from '../oidc/y.ts'"],
    [
      'a leaf that imports a room',
      'src/config/x.ts',
      "import { findRouteProblems } from '../routing/routeProblems.ts'",
    ],
    [
      'a leaf that imports the domain',
      'src/http/x.ts',
      "import type { Sessions } from '../sessions/sessions.ts'",
    ],
    [
      'sessions that know issuers',
      'src/sessions/x.ts',
      "import type { A } from '../oidc/relyingParty.ts'",
    ],
    [
      'issuers that know how sessions are kept',
      'src/oidc/x.ts',
      "import { a } from '../sessions/sessions.ts'",
    ],
    [
      'a gateway that imports a command',
      'src/gateway.ts',
      "import { runCheck } from './commands/check.ts'",
    ],
    [
      'an import over several lines',
      'src/routing/x.ts',
      "import {\n  a,\n  type B,\n} from '../forwarding/y.ts'",
    ],
    ['an import for its effect', 'src/routing/x.ts', "import '../forwarding/y.ts'"],
    ['a re-export', 'src/routing/x.ts', "export { a } from '../forwarding/y.ts'"],
    ['an import at run time', 'src/routing/x.ts', "const y = await import('../forwarding/y.ts')"],
    [
      'an import at run time that names no file',
      'src/routing/x.ts',
      'const y = await import(name)',
    ],
    [
      'an import of what is not the product',
      'src/routing/x.ts',
      "import { a } from '../../test/support/y.ts'",
    ],
    ['values in request.ts', 'src/http/x.ts', "import { a } from '../request.ts'"],
    ['a barrel by its name', 'src/routing/index.ts', ''],
    ['a barrel by what it does', 'src/routing/x.ts', "export * from './routing.ts'"],
    ['a folder that stands nowhere', 'src/utils/x.ts', ''],
    ['an exit outside main.ts', 'src/listener/x.ts', 'if (broken) process.exit(1)'],
    ['a cycle of two', 'src/time.ts', "import type { Session } from './sessions/session.ts'"],
  ])('%s', (_, file, text) => {
    expect(newViolations(file, text)).not.toEqual([])
  })

  test('nothing where nothing is wrong', () => {
    const text = `// process.exit(1) is for main.ts; import('../forwarding/x.ts') too
import { Agent } from 'undici'
import { findFieldValues } from '../http/fields.ts'
import type { Session } from '../sessions/session.ts'
import type { RoutedRequest } from '../request.ts'`
    expect(newViolations('src/authentication/x.ts', text)).toEqual([])
  })
})

test('the rule sees every import that the bundler sees', async () => {
  const unfollowed: Plugin = {
    name: 'unfollowed',
    setup: (bundler) =>
      bundler.onResolve({ filter: /^/ }, ({ path, kind }) =>
        kind === 'entry-point' ? undefined : { path, external: true },
      ),
  }
  const { metafile } = await build({
    entryPoints: [...sources.keys()],
    outdir: 'unused',
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    metafile: true,
    plugins: [unfollowed],
  })
  const bundled = Object.entries(metafile.inputs)
  expect(bundled.flatMap(([, { imports }]) => imports).length).toBeGreaterThan(100)
  for (const [file, { imports }] of bundled) {
    const seen = findImports(sources.get(file) ?? '').map(({ specifier }) => specifier)
    expect(seen, file).toEqual(expect.arrayContaining(imports.map(({ path }) => path)))
  }
})

// `postern explain`: what becomes of one request, and why. Runs the code that the gateway runs, on a request
// that nobody sent; asks no issuer and no upstream.

import { loadConfig } from '../config/load.ts'
import { formatProblems } from '../config/problems/problem.ts'
import { findRouteProblems } from '../routing/routeProblems.ts'
import { exitCodes } from './commandLine.ts'
import { AssumptionRefused, toAssumedCaller } from './explain/assumedPrincipal.ts'
import { explain, type Explanation } from './explain/explanation.ts'
import { formatExplanation } from './explain/explanationText.ts'
import { parseUrl } from './explain/imaginedRequest.ts'
import type { ExplainOptions } from './explain/options.ts'
import type { CommandIo } from './io.ts'

/** 0 where the caller passes, 1 where not. */
export async function runExplain(options: ExplainOptions, io: CommandIo): Promise<number> {
  const place = parseUrl(options.url)
  const fields = parseHeaders(options.headers)
  if (place === undefined)
    return misused(`"${options.url}" is no whole URL, such as https://app.example.com/orders.`, io)
  if (typeof fields === 'string') return misused(fields, io)
  const loaded = await loadConfig(options.configFile, io.env, findRouteProblems)
  if ('problems' in loaded) {
    io.stderr.write(formatProblems(options.configFile, loaded.problems))
    return exitCodes.usage
  }
  const { config } = loaded
  try {
    const caller = await toAssumedCaller(options.assumption, config)
    const line = { method: options.method, ...place, fields }
    const explanation = await explain(config, line, caller)
    io.stdout.write(
      options.isJson
        ? `${JSON.stringify(explanation, undefined, 2)}\n`
        : formatExplanation(explanation, options.url, config),
    )
    return isPassed(explanation) ? exitCodes.success : exitCodes.failure
  } catch (error) {
    if (error instanceof AssumptionRefused) return misused(error.message, io)
    throw error
  }
}

/** Names and values in turn, or what is wrong. */
function parseHeaders(headers: readonly string[]): string[] | string {
  const fields: string[] = []
  for (const header of headers) {
    const [, name = '', value = ''] = /^([^\s:]+):\s*(.*)$/.exec(header) ?? []
    if (name === '') return `"${header}" is no header; write it as "Name: value".`
    if (name.toLowerCase() === 'authorization') {
      return 'No token is judged here; say what it holds with --claims.'
    }
    fields.push(name, value)
  }
  return fields
}

function isPassed({ principal, nobody }: Explanation): boolean {
  const { outcome } = principal?.outcome ?? nobody
  return outcome !== 'refused' && outcome !== 'sign_in'
}

function misused(sentence: string, { stderr }: CommandIo): number {
  stderr.write(`${sentence} See postern explain --help.\n`)
  return exitCodes.usage
}

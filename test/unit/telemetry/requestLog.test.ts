import { expect, test } from 'vitest'
import { createLog, type LogLevel } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { createRequestLog } from '../../../src/telemetry/requestLog.ts'
import type { ReceivedRequest } from '../../../src/request.ts'

type Noted = Pick<ReceivedRequest, 'method' | 'client' | 'record'>

const plain: Noted = {
  method: 'GET',
  client: { address: '2001:db8::1', scheme: 'http', authority: 'a', forwardedFor: '2001:db8::1' },
  record: {
    id: '0123456789abcdef',
    routeName: 'a "quoted" route\\',
    principal: 'al"ice\n{"level":50}\u2028\ud800',
    sessionId: 'x-1_2',
    refusal: undefined,
    detail: undefined,
    cause: undefined,
  },
}

function linesOf(level: LogLevel, ...requests: Noted[]): string[] {
  const lines: string[] = []
  const log = createLog(level, { write: (line) => void lines.push(line) })
  const onFinished = createRequestLog(log, createMetrics())
  for (const request of requests) onFinished(request, { status: 200, durationMs: 12.345 })
  return lines
}

test('a request that passed is one line of JSON, whatever its principal and its route are called', () => {
  const [line, ...others] = linesOf('info', plain)
  expect(others).toEqual([])
  expect(line!.indexOf('\n')).toBe(line!.length - 1)
  const { time, ...fields } = JSON.parse(line!)
  expect(new Date(time).toISOString()).toBe(time)
  expect(fields).toEqual({
    level: 30,
    id: '0123456789abcdef',
    method: 'GET',
    route: plain.record.routeName,
    status: 200,
    durationMs: 12.3,
    client: '2001:db8::1',
    principal: plain.record.principal,
    session: 'x-1_2',
    msg: 'request',
  })
})

test('a request that was refused has the same members, and says why', () => {
  const record = { ...plain.record, refusal: 'access_denied' as const, detail: 'no group' }
  const [passed, refused] = linesOf('info', plain, { ...plain, record }).map((line) =>
    JSON.parse(line),
  )
  expect(Object.keys(refused)).toEqual([
    ...Object.keys(passed).filter((name) => name !== 'msg'),
    'refusal',
    'detail',
    'msg',
  ])
  expect(refused).toMatchObject({ level: 30, refusal: 'access_denied', detail: 'no group' })
})

test('nobody who passed is in the log of a gateway that is to log warnings alone', () => {
  expect(linesOf('warn', plain)).toEqual([])
  expect(linesOf('silent', plain)).toEqual([])
})

test('what is unknown is not there', () => {
  const record = {
    ...plain.record,
    routeName: undefined,
    principal: undefined,
    sessionId: undefined,
  }
  const [line] = linesOf('info', { ...plain, record })
  expect(Object.keys(JSON.parse(line!))).toEqual([
    'level',
    'time',
    'id',
    'method',
    'status',
    'durationMs',
    'client',
    'msg',
  ])
})

// What a misbehaving issuer answers: pages, redirects, nothing, too much, too slowly.

import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers in place of the honest one. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(value))
}

export function json(status: number, value: unknown, fields: Record<string, string> = {}): Answer {
  return (_request, response) => {
    for (const [name, each] of Object.entries(fields)) response.setHeader(name, each)
    answerJson(response, value, status)
  }
}

export function html(status: number): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'text/html' })
    response.end('<!doctype html><title>Welcome to the captive portal</title>')
  }
}

export function redirect(location: string): Answer {
  return (_request, response) => void response.writeHead(302, { Location: location }).end()
}

export const empty: Answer = (_request, response) => void response.writeHead(200).end()

/** Closes the connection in place of an answer. */
export const hangUp: Answer = (request) => void request.socket.destroy()

/** 10 MB of JSON, as far as anybody reads them. */
export const huge: Answer = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.write('{"filling":"')
  const chunk = 'x'.repeat(65_536)
  let left = 160
  const go = (): void => {
    while (left > 0) {
      left -= 1
      if (!response.write(chunk)) return void response.once('drain', go)
    }
    response.end('"}')
  }
  go()
}

/** One byte every 20 ms, for ever. */
export const drip: Answer = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  const timer = setInterval(() => response.write(' '), 20)
  response.on('close', () => clearInterval(timer))
}

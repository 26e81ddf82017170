// An application as the gateway finds them: old, useful, and without any sign-in, but for one part that has its own. It
// believes its request headers, so it must be reachable through the gateway alone.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { WebSocketServer } from 'ws'
import {
  aboutPage,
  adminPage,
  homePage,
  notFoundPage,
  stylesheet,
  uploadedPage,
  type Visitor,
} from './legacyPages.ts'
import { receiveFile } from './legacyUpload.ts'
import { createStockRoom, stockRoomPath, type AnswerStockRoom } from './stockRoom.ts'

/** The application, not yet listening. */
export function createLegacyApp(): Server {
  const stockRoom = createStockRoom()
  const server = createServer((request, response) => {
    const path = pathOf(request)
    if (path.startsWith(stockRoomPath)) void answerStockRoom(stockRoom, request, response)
    else void answer(request, response)
  })
  const webSockets = new WebSocketServer({ noServer: true })
  webSockets.on('connection', (webSocket) => {
    webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }))
    // Because a connection that is cut is an everyday end of it.
    webSocket.on('error', () => webSocket.terminate())
  })
  server.on('upgrade', (request, socket, head) => {
    if (pathOf(request) !== '/echo') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSockets.emit('connection', webSocket, request)
    })
  })
  return server
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const visitor = toVisitor(request)
  switch (`${request.method === 'HEAD' ? 'GET' : request.method} ${pathOf(request)}`) {
    case 'GET /':
      return sendHtml(response, 200, homePage(visitor, request.rawHeaders))
    case 'GET /admin':
      return sendHtml(response, 200, adminPage(visitor))
    case 'GET /public/about':
      return sendHtml(response, 200, aboutPage(visitor))
    case 'GET /public/style.css':
      return send(response, 'text/css; charset=utf-8', stylesheet)
    case 'GET /headers.json':
    case 'GET /api/headers':
      return sendJson(response, { rawHeaders: request.rawHeaders, headers: request.headers })
    case 'GET /clock':
      return tick(response)
    case 'POST /upload':
      return takeUpload(request, response)
    default:
      return sendHtml(response, 404, notFoundPage(visitor))
  }
}

async function answerStockRoom(
  stockRoom: AnswerStockRoom,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const isThere = await stockRoom(pathOf(request), request, response)
    if (!isThere) sendHtml(response, 404, notFoundPage(toVisitor(request)))
  } catch {
    // Because a form that breaks off has nobody left to be told.
    response.destroy()
  }
}

function toVisitor({ headers }: IncomingMessage): Visitor {
  const name = headers['x-forwarded-preferred-username'] ?? headers['x-forwarded-user']
  return { name: toText(name), groups: toText(headers['x-forwarded-groups']) }
}

function toText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}

async function takeUpload(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const file = await receiveFile(request)
    if (!(request.headers.accept ?? '').includes('text/html')) return sendJson(response, file)
    return sendHtml(response, 200, uploadedPage(toVisitor(request), file))
  } catch {
    // Because what fails here is the connection, or a body that is no form: nobody is left to be told more.
    response.destroy()
  }
}

function tick(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  const next = (): boolean => response.write(`data: ${new Date().toISOString()}\n\n`)
  next()
  const timer = setInterval(next, 1000)
  response.on('close', () => clearInterval(timer))
}

function sendHtml(response: ServerResponse, status: number, html: string): void {
  response.statusCode = status
  send(response, 'text/html; charset=utf-8', html)
}

function sendJson(response: ServerResponse, value: unknown): void {
  send(response, 'application/json; charset=utf-8', `${JSON.stringify(value, undefined, 2)}\n`)
}

function send(response: ServerResponse, contentType: string, body: string): void {
  response.setHeader('Content-Type', contentType)
  response.end(body)
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? ''
}

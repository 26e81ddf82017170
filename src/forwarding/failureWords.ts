// Why an upstream gave no answer, in words for the log. Only codes are read, never messages: a message may quote
// what the upstream sent.

import { toFaultCode } from '../errors/faultCode.ts'
import { connectionReset } from './failure.ts'

/** Waiting for a connection, request under way, request sent, answer under way, over. */
export type Phase = 'waiting' | 'sending' | 'sent' | 'answering' | 'over'

const words: Readonly<Record<string, string>> = {
  UND_ERR_CONNECT_TIMEOUT: 'no connection within connectTimeout',
  ETIMEDOUT: 'the connection timed out',
  ECONNREFUSED: 'nobody listens at its address',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name cannot be looked up at the moment',
  EHOSTUNREACH: 'no way leads to its address',
  ENETUNREACH: 'no way leads to its address',
  EMFILE: 'this process may open no more sockets',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  [connectionReset]: 'the connection broke',
  UND_ERR_HEADERS_OVERFLOW: 'the head of the answer is too large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer is not as long as it says',
  HTTPParserError: 'the answer is no valid HTTP/1.1',
}

// Because the codes of TLS are OpenSSL's and Node's, and many.
const ofTls = /CERT|TLS|SSL|SIGNATURE|EPROTO/

/** A sentence without the upstream's name, with the code of the system in brackets. */
export function describeFailure(error: Error): string {
  const code = toFaultCode(error)
  return `${words[code] ?? describeOther(code)} (${code})`
}

function describeOther(code: string): string {
  if (code.startsWith('HPE_')) return words['HTTPParserError']!
  return ofTls.test(code) ? 'its TLS is not accepted' : 'the request failed'
}

/** What the upstream did not do in time; the names are those of the settings. */
export const expired: Readonly<Record<Phase, string>> = {
  waiting: 'no connection was free within responseTimeout and connectTimeout',
  sending: 'it did not read the request within responseTimeout',
  sent: 'no answer within responseTimeout',
  answering: 'the answer stood still for idleTimeout',
  over: 'over',
}

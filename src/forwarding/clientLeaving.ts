import type { ReceivedRequest } from '../request.ts'

/** Calls back when the answer is over: because the client has left, or because it is complete. */
export function onceClientLeaves(received: ReceivedRequest, callback: () => void): void {
  if (received.response.socket === null) watchPipelined(received, callback)
  else received.response.once('close', callback)
}

// Because node:http tells a pipelined answer nothing until it is its turn.
function watchPipelined({ response, incoming }: ReceivedRequest, callback: () => void): void {
  incoming.socket.setMaxListeners(0).once('close', callback)
  response.once('finish', () => incoming.socket.off('close', callback))
}

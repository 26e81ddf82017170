// Why the gateway could not start, in one line that names the setting, where a setting is the reason.

import type { Config } from '../config/config.ts'
import { writeAddress } from '../config/schema/values.ts'
import { toFaultCode } from '../errors/faultCode.ts'
import { ListenFault } from '../http/listenOn.ts'

type Addresses = {
  readonly [listener in 'listen' | 'admin']: Pick<Config[listener], 'address'>
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken. Set another port, or stop what listens there.',
  EADDRNOTAVAIL: 'is no address of this machine. Set one that it has, or 0.0.0.0 for all.',
  EAFNOSUPPORT: 'is of a kind that this machine does not speak. Set an IPv4 address.',
  ENOTFOUND: 'has a name that cannot be resolved. Set an IP address.',
  EAI_AGAIN: 'has a name that cannot be resolved now. Set an IP address.',
  EACCES: 'may not be listened on by this user. Set a port from 1024 on.',
}

/** For standard error, without a line break; the stack where it is no fault of a setting. */
export function describeStartFault(fault: unknown, { listen, admin }: Addresses): string {
  if (!(fault instanceof Error)) return String(fault)
  if (!(fault instanceof ListenFault)) return fault.stack ?? fault.message
  const { cause, setting } = fault
  const { address } = setting === 'admin.address' ? admin : listen
  const code = toFaultCode(cause)
  return `${setting}: ${writeAddress(address)} ${reasons[code] ?? `cannot be listened on (${code}).`}`
}

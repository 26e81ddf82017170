// What a person is told of a file that cannot be read.

import { toFaultCode } from '../errors/faultCode.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder',
  EFBIG: 'is larger than 1 MB',
}

/** Why a file could not be read, to follow its name. */
export function describeReadFault(fault: unknown): string {
  const code = toFaultCode(fault)
  return reasons[code] ?? `cannot be read (${code})`
}

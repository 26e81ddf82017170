/** The code of a fault, or its class where it has none. Threat: its message may quote what is secret. */
export function toFaultCode(fault: unknown): string {
  if (!(fault instanceof Error)) return 'unknown fault'
  return 'code' in fault && typeof fault.code === 'string' ? fault.code : fault.name
}

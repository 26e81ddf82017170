/** What listens on these listens on every address of the machine. */
export const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** A host name or address that stays on this machine. IPv6 with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || isLoopbackV4(name)
}

export function isLoopbackUrl(url: string): boolean {
  return isLoopbackHost(new URL(url).hostname)
}

function isLoopbackV4(name: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(name)
}

// oidc-provider, imported without its warning about the runtime.
// Because it knows a long-term Node by a label that the early releases of a line do not carry yet.

const { console: output } = globalThis
const original = Object.getOwnPropertyDescriptor(output, 'warn')!
output.warn = () => {}

export const { Provider, errors } = await import('oidc-provider').finally(() => {
  Object.defineProperty(output, 'warn', original)
})

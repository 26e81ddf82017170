/** An end of the demo that needs no stack: its message is for the person who started it. */
export class DemoError extends Error {
  override readonly name = 'DemoError'
}

/**
 * A secret that no log, template or JSON can print by accident. One that came from a file may become another while the
 * gateway runs: it is to be revealed where it is used, and not before.
 */
export class Secret {
  #value: string
  /** Absolute; undefined for a secret that came from no file. */
  readonly file: string | undefined

  constructor(value: string, file?: string) {
    this.#value = value
    this.file = file
  }

  /** The one way to the value. */
  reveal(): string {
    return this.#value
  }

  /** For whoever watches its file. */
  renew(value: string): void {
    this.#value = value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}

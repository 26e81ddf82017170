// The literal segments below a node of the path trie. Most nodes have one: it is compared in place, without
// cutting the segment out of the path, and costs no table. Hot: measured by `npm run bench`.

export interface LiteralChildren<Node> {
  firstName: string
  first: Node | undefined
  /** All children, where there is more than one. */
  byName: Map<string, Node> | undefined
}

export function createLiteralChildren<Node>(): LiteralChildren<Node> {
  return { firstName: '', first: undefined, byName: undefined }
}

/** The child named by the characters of `path` from `start` to `end`. */
export function findChild<Node>(
  children: LiteralChildren<Node>,
  path: string,
  start: number,
  end: number,
): Node | undefined {
  const { byName, firstName } = children
  if (byName !== undefined) return byName.get(path.slice(start, end))
  if (children.first === undefined || firstName.length !== end - start) return undefined
  return path.startsWith(firstName, start) ? children.first : undefined
}

/** Adds a child of a name that is not there yet. */
export function writeChild<Node>(children: LiteralChildren<Node>, name: string, child: Node): void {
  if (children.first === undefined) {
    children.firstName = name
    children.first = child
    return
  }
  children.byName ??= new Map([[children.firstName, children.first]])
  children.byName.set(name, child)
}

/** Reads libpg-query's parse tree, which is JSON: {"SelectStmt": {…}}. Whatever is missing reads as empty. Pure. */

export type Node = Readonly<Record<string, unknown>>
/** A node with the name of its type: {"ColumnRef": {…}} is { type: 'ColumnRef', node: {…} }. */
export type TypedNode = { type: string; node: Node }

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The node in its wrapper, or undefined if the value is none (a bare struct, a scalar, the `{}` of a null in a list). */
export function typed(value: unknown): TypedNode | undefined {
  if (!isNode(value)) return undefined
  const keys = Object.keys(value)
  const type = keys[0]
  if (keys.length !== 1 || type === undefined || !/^[A-Z]/.test(type)) return undefined
  const node = value[type]
  return isNode(node) ? { type, node } : undefined
}

/** The node if it is of this type. */
export function ofType(value: unknown, type: string): Node | undefined {
  const found = typed(value)
  return found?.type === type ? found.node : undefined
}

export function childOf(node: Node, key: string): Node | undefined {
  const value = node[key]
  return isNode(value) ? value : undefined
}

export function listOf(node: Node, key: string): readonly unknown[] {
  const value = node[key]
  return Array.isArray(value) ? value : []
}

export function textOf(node: Node, key: string): string {
  const value = node[key]
  return typeof value === 'string' ? value : ''
}

export function flagOf(node: Node, key: string): boolean {
  return node[key] === true
}

/** The values of the String nodes of a list: a possibly qualified name. Other nodes are left out. */
export function namesOf(values: readonly unknown[]): string[] {
  const names: string[] = []
  for (const value of values) {
    const string = ofType(value, 'String')
    if (string !== undefined) names.push(textOf(string, 'sval'))
  }
  return names
}

/** A literal as text (true, 5, abc), or undefined if the node is no literal. A TypeCast of one counts. */
export function constantOf(value: unknown): string | undefined {
  const found = typed(value)
  switch (found?.type) {
    case 'TypeCast':
      return constantOf(found.node['arg'])
    case 'String':
      return textOf(found.node, 'sval')
    case 'Integer':
      return integerOf(found.node)
    case 'Float':
      return textOf(found.node, 'fval')
    case 'Boolean':
      return String(flagOf(found.node, 'boolval'))
    case 'A_Const': {
      const { sval, ival, fval, boolval } = found.node
      if (isNode(sval)) return textOf(sval, 'sval')
      if (isNode(ival)) return integerOf(ival)
      if (isNode(fval)) return textOf(fval, 'fval')
      if (isNode(boolval)) return String(flagOf(boolval, 'boolval'))
      return undefined
    }
    default:
      return undefined
  }
}

/** Zero is left out of the tree. */
function integerOf(node: Node): string {
  const value = node['ival']
  return typeof value === 'number' ? value.toString() : '0'
}

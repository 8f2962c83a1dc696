/** JSON Pointers (RFC 6901) into claims. Pure. */

/** The reference tokens of a pointer: `/a~1b/0` → `['a/b', '0']`. */
export function pointerTokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value that a pointer points to, or undefined. Only own members count. */
export function valueAt(root: unknown, pointer: string): unknown {
  let value = root
  for (const token of pointerTokens(pointer)) {
    if (typeof value !== 'object' || value === null) return undefined
    // RFC 6901 §4: an index has no sign and no leading zero; `length` is no index.
    if (Array.isArray(value) && !/^(0|[1-9]\d{0,8})$/.test(token)) return undefined
    if (!Object.hasOwn(value, token)) return undefined
    value = Reflect.get(value, token)
  }
  return value
}

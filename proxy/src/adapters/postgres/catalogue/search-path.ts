/** A search_path as SHOW prints it, taken apart into names of schemas: `"$user", public` → $user, public. Pure. */

const schemasMax = 256

/** Quoted names as they are, others in lower case, as PostgreSQL's SplitIdentifierString does. */
export function parseSearchPath(text: string): string[] {
  const schemas: string[] = []
  for (const [, quoted, plain] of text.matchAll(
    /\s*(?:"((?:[^"]|"")*)"|([^",\s][^",]*))\s*(?:,|$)/g,
  )) {
    if (schemas.length >= schemasMax) break
    if (quoted !== undefined) schemas.push(quoted.replaceAll('""', '"'))
    else if (plain !== undefined) schemas.push(plain.trim().toLowerCase())
  }
  return schemas.filter((schema) => schema !== '')
}

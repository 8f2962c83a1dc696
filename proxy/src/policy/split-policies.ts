/**
 * Cuts a policy file into its policies: each ends with the `;` that Cedar has nowhere else but in strings and comments.
 * Cedar's own way to split loses the places and the order. Pure.
 */
export type PolicyText = {
  text: string
  /** Where the text starts in the file, in UTF-8 bytes. */
  byteOffset: number
}

const token = /"(?:[^"\\]|\\[^])*"|\/\/[^\n]*|;/g
const blank = /^(?:\s|\/\/[^\n]*)*/

export function splitPolicies(file: string): PolicyText[] {
  const policies: PolicyText[] = []
  let start = 0
  const add = (end: number): void => {
    const part = file.slice(start, end)
    const skipped = blank.exec(part)?.[0].length ?? 0
    const text = part.slice(skipped)
    if (text !== '')
      policies.push({ text, byteOffset: Buffer.byteLength(file.slice(0, start + skipped)) })
    start = end
  }
  for (const match of file.matchAll(token)) {
    if (match[0] === ';') add(match.index + 1)
  }
  add(file.length)
  return policies
}

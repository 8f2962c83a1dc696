/** Looks for planted values in whatever bytes, in every form in which they could hide. Pure. */

export type Needle = { name: string; bytes: Buffer }

/** A value as it is, upper and lower case, reversed, hex, the three alignments of base64, UTF-16, and with doubled escapes. */
export function needlesOf(name: string, value: string): Needle[] {
  const forms: [string, Buffer][] = [
    ['as is', Buffer.from(value)],
    ['upper', Buffer.from(value.toUpperCase())],
    ['lower', Buffer.from(value.toLowerCase())],
    ['reversed', Buffer.from([...value].toReversed().join(''))],
    ['hex', Buffer.from(Buffer.from(value).toString('hex'))],
    ['HEX', Buffer.from(Buffer.from(value).toString('hex').toUpperCase())],
    ['UTF-16', Buffer.from(value, 'utf16le')],
    ['URL', Buffer.from(encodeURIComponent(value))],
  ]
  for (let shift = 0; shift < 3; shift++) {
    const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]).toString('base64')
    // The first and the last group depend on neighbours.
    const inner = encoded.slice(shift === 0 ? 0 : 4, -4)
    if (inner.length >= 8) forms.push([`base64+${shift}`, Buffer.from(inner)])
  }
  const seen = new Set<string>()
  return forms.flatMap(([form, bytes]) => {
    const key = bytes.toString('latin1')
    if (seen.has(key)) return []
    seen.add(key)
    return [{ name: `${name} (${form})`, bytes }]
  })
}

export type Hit = { needle: string; where: string; around: string }

export function findNeedles(needles: readonly Needle[], where: string, bytes: Buffer): Hit[] {
  return needles.flatMap(({ name, bytes: needle }) => {
    const at = bytes.indexOf(needle)
    if (at < 0) return []
    const around = bytes
      .toString('latin1', Math.max(0, at - 60), at + needle.length + 20)
      .replaceAll(/[^\x20-\x7e]/g, '·')
    return [{ needle: name, where, around }]
  })
}

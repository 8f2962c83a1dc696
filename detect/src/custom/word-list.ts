/**
 * Texts of a user's list, as whole words. The scanner looks for their first bytes; from there on a tree of bytes says whether one of
 * them stands there, so that a list of any length costs the same.
 */
import { byteClass, byteClasses } from '../byte-classes.ts'
import type { Detector } from '../detector.ts'
import { contextWords } from '../context-words.ts'
import type { CustomRule } from './custom-rule.ts'

export const listedBytesMax = 256
const firstBytes = 3
const classes = byteClasses
const { digit, letter, lead, continuation } = byteClass

/** `ends`: a text ends with this byte. */
type Node = { readonly next: Map<number, Node>; ends: boolean }

/** `words`: of three bytes or more. */
export function wordListDetector(
  rule: CustomRule,
  name: string,
  words: readonly string[],
): Detector {
  const root = treeOf(words)
  const begins = new Set(words.map((word) => beginOf(word)))
  const context = contextWords(rule.context.join(' '))
  return {
    name,
    on: 'literal',
    literals: [...begins],
    exact: false,
    within: 'line',
    ahead: listedBytesMax + 2,
    behind: 0,
    confirm(scan, at) {
      const { bytes, start, end } = scan
      if (isInWord(bytes, start, at)) return
      const to = longest(root, bytes, at, end)
      if (to === -1) return
      if (rule.context.length > 0 && !scan.isNamed(at, context)) return
      scan.add(at, to, rule.entity, rule.level, name)
    },
  }
}

function treeOf(words: readonly string[]): Node {
  const root: Node = { next: new Map(), ends: false }
  for (const word of words) {
    let node = root
    for (const byte of new TextEncoder().encode(word)) {
      const folded = fold(byte)
      let next = node.next.get(folded)
      if (next === undefined) {
        next = { next: new Map(), ends: false }
        node.next.set(folded, next)
      }
      node = next
    }
    node.ends = true
  }
  return root
}

/** The first characters that have three bytes: literals are texts, so a character is never cut. */
function beginOf(word: string): string {
  let begin = ''
  for (const character of word) {
    begin += character
    if (new TextEncoder().encode(begin).length >= firstBytes) break
  }
  return begin.replaceAll(/[A-Z]/g, (upper) => upper.toLowerCase())
}

/** The end of the longest listed text that begins at `at` and ends where a word does; -1 if there is none. */
function longest(root: Node, bytes: Uint8Array, at: number, end: number): number {
  let found = -1
  let node: Node | undefined = root
  for (let index = at; index < end && index - at < listedBytesMax; index++) {
    node = node.next.get(fold(bytes[index]!))
    if (node === undefined) break
    if (node.ends && !isInWord(bytes, at, index + 1, end)) found = index + 1
  }
  return found
}

/** Whether letters or digits stand on both sides of `at`. Letters are those of ASCII and of scripts of two bytes a letter. */
function isInWord(
  bytes: Uint8Array,
  start: number,
  at: number,
  end: number = bytes.length,
): boolean {
  if (at === start || at >= end) return false
  const before = classes[bytes[at - 1]!]!
  const after = classes[bytes[at]!]!
  const isLetterBefore =
    (before & (digit | letter)) !== 0 ||
    ((before & continuation) !== 0 && at - 2 >= start && (classes[bytes[at - 2]!]! & lead) !== 0)
  return isLetterBefore && (after & (digit | letter | lead)) !== 0
}

/** Lower case of ASCII letters. */
function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

/**
 * Passwords that programs are called with: `curl -u name:…` (curl's manual, `-u`), `mysql -p…` (MySQL manual, "Connection options"), `sshpass -p …`, and
 * that SQL is: `IDENTIFIED BY '…'` of MySQL, Oracle and ClickHouse.
 */
import type { Detector } from '../detector.ts'
import type { Scan } from '../scan.ts'
import { isAt } from './characters.ts'
import { assignmentAt } from './assignment.ts'
import { passwordLevel } from './password-level.ts'
import { isPlaceholder } from './placeholder.ts'

const space = 0x20
const colon = 0x3a

const commandBytesMax = 512
const userBytesMax = 320

const curlUser: Detector = {
  name: 'curl_user',
  on: 'literal',
  exact: true,
  literals: ['curl '],
  ahead: commandBytesMax + userBytesMax + 16,
  behind: 0,
  confirm(scan, _, from) {
    const { bytes } = scan
    const end = Math.min(scan.end, from + commandBytesMax)
    for (let at = from; at < end; at++) {
      const byte = bytes[at]!
      // The next command, or the next line, unless this one goes on.
      if (byte === 0x63 && isAt(bytes, at, end, 'curl ')) return
      if (byte === 0x0a && bytes[at - 1] !== 0x5c) return
      if (byte !== 0x2d || bytes[at - 1]! > space) continue
      const option = isAt(bytes, at, end, '--user')
        ? at + 6
        : isAt(bytes, at, end, '-u')
          ? at + 2
          : -1
      if (option === -1 || option >= end) continue
      if (option > at + 2 && bytes[option] !== space && bytes[option] !== 0x3d) continue
      addUser(scan, skipBlanks(bytes, option, scan.end))
      return
    }
  },
}

const quoteBytes = new Set([0x22, 0x27])

/** `name:password`, with quotes around all or one of both. */
function addUser(scan: Scan, at: number): void {
  const { bytes, end } = scan
  const outer = quoteBytes.has(bytes[at] ?? 0) && at < end ? bytes[at]! : 0
  const from = outer === 0 ? at : at + 1
  const ceiling = Math.min(end, from + userBytesMax)
  let to = from
  let separator = -1
  let quote = 0
  for (; to < ceiling; to++) {
    const byte = bytes[to]!
    if (byte === outer || byte < space || (byte === space && outer === 0 && quote === 0)) break
    if (byte === colon && separator === -1) separator = to
    if (outer === 0 && quoteBytes.has(byte)) quote = quote === byte ? 0 : byte
  }
  if (separator <= from || to === ceiling) return
  let password = separator + 1
  let passwordEnd = to
  if (passwordEnd - password > 2 && quoteBytes.has(bytes[password]!)) {
    password++
    passwordEnd--
  }
  if (isPlaceholder(bytes, password, passwordEnd) || isReference(bytes[from]!)) return
  if (isRepeated(bytes, from, separator, password, passwordEnd)) return
  scan.add(from, to, 'PASSWORD', 'likely', 'curl_user')
}

/** `$user`, `<user>`, `{user}` */
function isReference(byte: number): boolean {
  return byte === 0x24 || byte === 0x3c || byte === 0x7b
}

/** `test:test` */
function isRepeated(
  bytes: Uint8Array,
  user: number,
  userEnd: number,
  password: number,
  to: number,
): boolean {
  if (userEnd - user !== to - password) return false
  for (let index = 0; password + index < to; index++)
    if (bytes[user + index] !== bytes[password + index]) return false
  return true
}

/** After at most four blanks or `=`. */
function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let position = at
  while (
    position < end &&
    position - at < 4 &&
    (bytes[position] === space || bytes[position] === 0x3d)
  )
    position++
  return position
}

const passwordBytesMax = 128

/** The option stands directly before the password: `-p` alone asks for it. */
const mysqlPassword: Detector = {
  name: 'command_password',
  on: 'literal',
  exact: true,
  // `iadb`: of `mariadb`.
  literals: ['mysql', 'iadb', 'sshpass'],
  within: 'line',
  ahead: commandBytesMax + passwordBytesMax,
  behind: 0,
  confirm(scan, name, from) {
    const { bytes } = scan
    const end = Math.min(scan.end, from + commandBytesMax)
    const mayBeApart = bytes[name] === 0x73
    for (let at = from; at + 3 < end; at++) {
      const byte = bytes[at]!
      if (byte < space || byte === 0x7c || byte === 0x3b || byte === 0x26) return
      // The next one looks for itself.
      if (byte === 0x6d && isAt(bytes, at, end, 'mysql')) return
      if (byte === 0x69 && isAt(bytes, at, end, 'iadb')) return
      if (byte === 0x73 && isAt(bytes, at, end, 'sshpass')) return
      if (byte !== space || bytes[at + 1] !== 0x2d || bytes[at + 2] !== 0x70) continue
      const value = at + 3
      if (bytes[value] !== space) addPassword(scan, value)
      else if (mayBeApart) addPassword(scan, value + 1)
      return
    }
  },
}

function addPassword(scan: Scan, at: number): void {
  const { bytes, end } = scan
  const isQuoted = at < end && quoteBytes.has(bytes[at]!)
  const from = isQuoted ? at + 1 : at
  const ceiling = Math.min(end, from + passwordBytesMax)
  let to = from
  while (to < ceiling && (isQuoted ? bytes[to] !== bytes[at] : bytes[to]! > space)) to++
  if (to - from > 3 && to < from + passwordBytesMax && !isPlaceholder(bytes, from, to))
    scan.add(from, to, 'PASSWORD', 'likely', 'command_password')
}

const identifiedBy: Detector = {
  name: 'sql_password',
  on: 'literal',
  exact: false,
  // The end of `identified by` (looked-for.ts).
  literals: ['ied by'],
  within: 'line',
  ahead: passwordBytesMax * 4,
  behind: 0,
  confirm(scan, at, literalEnd) {
    const from = at - 'identif'.length
    if (from < scan.start || !isAt(scan.bytes, from, at, 'identif')) return
    const value = assignmentAt(scan, literalEnd, 'quoted')
    if (value === undefined || value.by !== 'blank') return
    const level = passwordLevel(scan, value, false)
    if (level !== undefined) scan.add(value.from, value.to, 'PASSWORD', level, 'sql_password')
  },
}

export const commandPasswords: readonly Detector[] = [curlUser, mysqlPassword, identifiedBy]

import { describe, expect, it } from 'vitest'
import { transactionsOf, type BracketedStatement, type Ready } from './transactions.ts'

/** `text | command | status after`: no status where the next one was sent without waiting, `!` before what failed. */
function session(...lines: string[]): { statements: BracketedStatement[]; readies: Ready[] } {
  const readies: Ready[] = []
  const statements = lines.map((line, index) => {
    const [text = '', command = '', status] = line.split('|').map((part) => part.trim())
    const seq = index * 10
    if (status === 'I' || status === 'T' || status === 'E') readies.push({ seq: seq + 5, status })
    const failed = text.startsWith('!')
    return { seq, text: text.replace(/^!/, ''), command: command === '' ? null : command, failed }
  })
  return { statements, readies }
}

function drawn(ended: boolean, ...lines: string[]): string[] {
  const { statements, readies } = session(...lines)
  return transactionsOf(statements, readies, 'I', ended).map((place) =>
    place === null
      ? '-'
      : [
          place.place,
          ...(place.failed ? ['failed'] : []),
          ...place.savepoints,
          place.outcome ?? 'open',
        ].join(' '),
  )
}

describe('transactions of a session', () => {
  it('are bracketed from BEGIN to COMMIT, and what stands alone is not', () => {
    expect(
      drawn(false, 'select 1 | SELECT 1 | I', 'begin | BEGIN | T', 'insert | INSERT 0 1 | T', 'end | COMMIT | I', 'select 2 | SELECT 1 | I'),
    ).toEqual(['-', 'begin committed', 'inside committed', 'end committed', '-']) // prettier-ignore
  })

  it('are failed from the error on, and rolled back whatever the client says at the end', () => {
    expect(
      drawn(false, 'begin | BEGIN | T', '!select 1/0 | | E', '!select 1 | | E', 'commit | ROLLBACK | I'),
    ).toEqual([
      'begin rolled_back', 'inside failed rolled_back', 'inside failed rolled_back', 'end failed rolled_back',
    ]) // prettier-ignore
  })

  it('hold savepoints within each other, and go on after ROLLBACK TO', () => {
    expect(
      drawn(
        false,
        'begin | BEGIN | T',
        'savepoint a | SAVEPOINT | T',
        'SAVEPOINT "B c" | SAVEPOINT | T',
        '!select 1/0 | | E',
        'rollback to savepoint A | ROLLBACK | T',
        'release a | RELEASE | T',
        'commit | COMMIT | I',
      ),
    ).toEqual([
      'begin committed', 'inside a committed', 'inside a B c committed', 'inside failed a B c committed',
      'inside failed a B c committed', 'inside a committed', 'end committed',
    ]) // prettier-ignore
  })

  it('within a pipeline follow the command tags', () => {
    expect(
      drawn(false, 'begin | BEGIN', 'select 1 | SELECT 1', 'rollback | ROLLBACK', 'select 2 | SELECT 1 | I'),
    ).toEqual(['begin rolled_back', 'inside rolled_back', 'end rolled_back', '-']) // prettier-ignore
  })

  it('follow each other where one is chained to the next', () => {
    expect(
      drawn(false, 'begin | BEGIN | T', 'commit and chain | COMMIT | T', 'select 1 | SELECT 1 | T', 'rollback | ROLLBACK | I'),
    ).toEqual(['begin committed', 'end committed', 'inside rolled_back', 'end rolled_back']) // prettier-ignore
  })

  it('that were open when the session ended were rolled back; before that nobody knows', () => {
    const lines = ['begin | BEGIN | T', 'select 1 | SELECT 1 | T']
    expect(drawn(false, ...lines)).toEqual(['begin open', 'inside open'])
    expect(drawn(true, ...lines)).toEqual(['begin rolled_back', 'inside rolled_back'])
  })
})

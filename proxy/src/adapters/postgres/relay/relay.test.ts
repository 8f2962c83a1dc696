/** The relay between scripted peers: what real clients and servers do not do, or not at will. */
import { beforeAll, describe, expect, it } from 'vitest'
import { loadParser, type StatementDescription } from '../facts/index.ts'
import type { Decision, SessionPolicies } from './context.ts'
import {
  allow,
  memorySession,
  snapshot,
  turn,
  type MemorySession,
} from './testing/memory-session.ts'
import * as m from './testing/messages.ts'

beforeAll(() => loadParser())

const deny: Decision = { verdict: 'deny', policies: ['no'], reason: 'not today' }
const policiesOf = (decide: (description: StatementDescription) => Decision): SessionPolicies => ({
  setHash: 'f00d',
  decide,
  reveal: () => false,
})
const noWrites = policiesOf(({ facts }) => (facts.effects.includes('write') ? deny : allow))
const oneRow = Buffer.concat([
  m.rowDescription({ name: 'one', type: 23 }),
  m.dataRow('1'),
  m.commandComplete('SELECT 1'),
  m.ready(),
])
const decided = (session: MemorySession): Record<string, unknown>[] =>
  session.journal.events('gatetrail.statement.decided')
const completed = (session: MemorySession): Record<string, unknown>[] =>
  session.journal.events('gatetrail.statement.completed')

describe('frames that cannot be', () => {
  it.each([0, 3, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])(
    'a length of %i closes the session: nothing is forwarded, the client hears why',
    async (length) => {
      const session = memorySession()
      const header = Buffer.from([0x51, 0, 0, 0, 0, 0x41, 0x41])
      header.writeUInt32BE(length, 1)
      await session.fromClient(header)
      expect(session.end()).toEqual({ reason: 'protocol_violation', code: 'FRAME_LENGTH_INVALID' })
      expect(m.typesOf(session.target.received)).not.toContain('Q')
      expect(session.client.received.toString()).toContain('08P01')
      expect(session.journal.events('gatetrail.session.closed')).toHaveLength(1)
    },
  )

  it('a message of a type that clients do not send ends the session', async () => {
    const session = memorySession()
    await session.fromClient(m.message('p', 'password\0'))
    expect(session.end()).toEqual({ reason: 'protocol_violation', code: 'PROTOCOL_VIOLATION' })
  })

  it('rows without a description end the session unseen', async () => {
    const session = memorySession()
    await session.fromClient(m.query('select 1'))
    await session.fromTarget(m.dataRow('123-45-6789'))
    expect(session.end()).toMatchObject({ code: 'UPSTREAM_PROTOCOL_VIOLATION' })
    expect(session.client.received.toString()).not.toContain('6789')
  })

  it('an answer to nothing ends the session', async () => {
    const session = memorySession()
    await session.fromTarget(m.commandComplete('SELECT 1'))
    expect(session.end()).toMatchObject({ code: 'UPSTREAM_PROTOCOL_VIOLATION' })
  })

  it('a statement above the limit is refused without being held, and the session goes on', async () => {
    const session = memorySession()
    const large = m.query(`select '${'x'.repeat(2_000_000)}'`)
    for (let at = 0; at < large.length; at += 60_000) {
      await session.fromClient(large.subarray(at, at + 60_000))
    }
    expect(m.framesOf(session.client.received)[0]!.body).toContain('54000')
    expect(m.typesOf(session.client.received)).toBe('EZ')
    await session.fromClient(m.query('select 1'))
    await session.fromTarget(oneRow)
    expect(m.typesOf(session.client.received)).toBe('EZTDCZ')
    expect(decided(session)[0]).toMatchObject({ verdict: 'deny', code: 'STATEMENT_TOO_LARGE' })
  })

  it('a call of a function that nobody knows is refused in the protocol’s own words', async () => {
    const session = memorySession()
    await session.fromClient(m.message('F', m.i32(1), m.i16(0), m.i16(0), m.i16(0)))
    expect(m.typesOf(session.client.received)).toBe('EZ')
    expect(session.client.received.toString()).toContain('0A000')
    expect(decided(session)).toMatchObject([{ path: 'function_call', verdict: 'deny' }])
  })
})

it('a function call is described by number and name', async () => {
  const session = memorySession()
  const call = [m.i32(177), m.i16(0), m.i16(2), m.i32(1), '1', m.i32(1), '2', m.i16(0)]
  await session.fromClient(m.message('F', ...call))
  expect(session.journal.events('gatetrail.statement.described')).toMatchObject([
    { text: 'function 177 (pg_catalog.int4pl)', facts: { functions: ['pg_catalog.int4pl'] } },
  ])
})

describe('the order of record and forwarding', () => {
  it('nothing reaches either side before it is on record', async () => {
    const session = memorySession()
    const { journal, target, client } = session
    const seen: string[] = []
    for (const [name, socket] of Object.entries({ target, client })) {
      const write = socket._write.bind(socket)
      socket._write = (bytes, encoding, done) => {
        const frames = journal.records.slice(0, journal.written)
        const direction = name === 'target' ? 'to_target' : 'to_client'
        const recorded = frames.some(
          ({ kind, body }) =>
            kind === 'gatetrail.frames.recorded' &&
            (body as { fragments: { direction: string }[] }).fragments.some(
              (fragment) => fragment.direction === direction,
            ),
        )
        const known = frames.some(({ kind }) => kind === 'gatetrail.statement.decided')
        seen.push(`${name} ${recorded} ${known}`)
        write(bytes, encoding, done)
      }
    }
    await session.fromClient(m.query('select 1'))
    await session.fromTarget(oneRow)
    expect(seen).toEqual(['target true true', 'client true true'])
  })

  it('a journal that fails ends the session: nothing is forwarded, the client hears why', async () => {
    const session = memorySession()
    session.journal.failing = true
    await session.fromClient(m.query('select 1'))
    expect(session.end()).toMatchObject({ reason: 'journal_unwritable' })
    expect(m.typesOf(session.target.received)).not.toContain('Q')
    expect(session.client.received.toString()).toContain('58030')
  })

  it('a journal that fails before the answer is forwarded keeps the answer', async () => {
    const session = memorySession()
    await session.fromClient(m.query('select 1'))
    session.journal.failing = true
    await session.fromTarget(oneRow)
    expect(m.typesOf(session.client.received)).toBe('E')
    expect(session.journal.events('gatetrail.session.closed')).toMatchObject([
      { reason: 'journal_unwritable' },
    ])
  })
})

describe('refusals', () => {
  it('are answered in order when others are outstanding, by a message that fails in their place', async () => {
    const session = memorySession({ policies: noWrites })
    await session.fromClient(
      Buffer.concat([m.query('select 1'), m.query('delete from notes'), m.query('select 1')]),
    )
    const sent = m.framesOf(session.target.received)
    expect(sent.map(({ type }) => type).join('')).toBe('QQQ')
    expect(sent[1]!.body).not.toContain('delete')
    await session.fromTarget(
      Buffer.concat([oneRow, m.error('42601', 'syntax error'), m.ready(), oneRow]),
    )
    expect(m.typesOf(session.client.received)).toBe('TDCZEZTDCZ')
    expect(session.client.received.toString()).toContain('42501')
    expect(session.client.received.toString()).not.toContain('syntax error')
  })

  it('of a Parse skip to Sync, whether answered here or by the target', async () => {
    const session = memorySession({ policies: noWrites })
    const refused = [m.parse('d', 'delete from notes'), m.bind('', 'd'), m.execute(''), m.sync]
    await session.fromClient(Buffer.concat(refused))
    expect(m.typesOf(session.client.received)).toBe('EZ')
    expect(session.target.received).toHaveLength(0)
    const good = [m.parse('', 'select 1'), m.bind('', ''), m.describePortal(''), m.execute('')]
    await session.fromClient(Buffer.concat([...good, ...refused]))
    expect(m.typesOf(session.target.received)).toBe('PBDEPS')
    const answers = [m.parseComplete, m.bindComplete, oneRow.subarray(0, -6)]
    await session.fromTarget(
      Buffer.concat([...answers, m.error('42601', 'syntax error'), m.ready()]),
    )
    expect(m.typesOf(session.client.received)).toBe('EZ12TDCEZ')
    expect(decided(session).map(({ path, verdict }) => [path, verdict].join(' '))).toEqual([
      'parse deny',
      'extended allow',
      'parse deny',
    ])
    expect(session.journal.text()).not.toContain('syntax error')
  })

  it('of a text that cannot be read come from policy, and from a read-only session', async () => {
    const parameters = new Map([
      ['standard_conforming_strings', 'off'],
      ['client_encoding', 'SJIS'],
    ])
    const onlyComplete = policiesOf(({ facts }) => (facts.complete ? allow : deny))
    for (const text of ["select '\\'' || id from notes", "select '\u00e9'"]) {
      for (const message of [m.query(text), m.parse('', text)]) {
        const session = memorySession({ parameters })
        await session.fromClient(message)
        expect(session.target.received.length).toBe(message.length)
        const restricted = memorySession({ parameters, policies: onlyComplete })
        await restricted.fromClient(message)
        expect(restricted.client.received.toString()).toMatch(/42501.*cannot be inspected/s)
        const reader = memorySession({ parameters, readOnly: true })
        await reader.fromClient(message)
        expect(reader.client.received.toString()).toContain('25006')
        for (const { target } of [restricted, reader]) expect(target.received.length).toBe(0)
      }
    }
  })

  it('a hold is refused with the groups that could approve it', async () => {
    const hold: Decision = { verdict: 'hold', policies: ['h'], approvalGroups: ['dba'] }
    const session = memorySession({ policies: policiesOf(() => hold) })
    await session.fromClient(m.query('drop table notes'))
    expect(session.client.received.toString()).toContain('approval of dba')
    expect(decided(session)).toMatchObject([{ verdict: 'deny', approvalGroups: ['dba'] }])
  })
})

describe('names', () => {
  it('two unnamed Parses in one batch: each Execute is decided by its own', async () => {
    const session = memorySession({ policies: noWrites })
    await session.fromClient(
      Buffer.concat([
        ...[m.parse('', 'select 1'), m.bind('', ''), m.execute('')],
        ...[m.parse('', 'select text from notes'), m.bind('', ''), m.execute(''), m.sync],
      ]),
    )
    const [first, second] = decided(session)
    expect(first!['description']).not.toBe(second!['description'])
  })

  it('a name whose meaning depends on an answer waits for it', async () => {
    const session = memorySession()
    const first = Buffer.concat([m.parse('s', 'select 1'), m.sync])
    await session.fromClient(first)
    await session.fromTarget(Buffer.concat([m.parseComplete, m.ready()]))
    await session.fromClient(
      Buffer.concat([
        ...[m.parse('s', 'select ssn from people'), m.sync],
        ...[m.bind('', 's'), m.execute(''), m.sync],
      ]),
    )
    // The second Parse of the name is on its way; the Bind is not.
    expect(m.typesOf(session.target.received.subarray(first.length))).toBe('PSH')
    await session.fromTarget(Buffer.concat([m.error('42P05', 'exists'), m.ready()]))
    expect(m.typesOf(session.target.received.subarray(first.length))).toBe('PSHBDES')
    const columnsOf = new Map(
      session.journal
        .events<{ description: string; facts: { columns: string[] } }>(
          'gatetrail.statement.described',
        )
        .map(({ description, facts }) => [description, facts.columns]),
    )
    expect(
      decided(session).map(({ path, description }) => [path, columnsOf.get(String(description))]),
    ).toEqual([
      ['parse', ['public.people.ssn']],
      ['extended', []],
    ])
  })

  it('of a catalogue that could not be read whole stay unsure when the session has relations of its own', async () => {
    for (const uncertain of [false, true]) {
      const known = { ...snapshot, model: { ...snapshot.model, uncertain } }
      const catalogue = { current: () => known, refresh: () => Promise.resolve(known) }
      const complete: boolean[] = []
      const policies = policiesOf(({ facts }) => (complete.push(facts.complete), allow))
      const session = memorySession({ catalogue, policies })
      await session.fromClient(m.query('create temp table own (id int)'))
      await session.fromTarget(Buffer.concat([m.commandComplete('CREATE TABLE'), m.ready()]))
      await session.fromClient(m.query('insert into own values (1)'))
      expect(complete.at(-1)).toBe(!uncertain)
    }
  })

  it('a statement or cursor that only SQL knows is decided as unknown', async () => {
    const session = memorySession({
      policies: policiesOf(({ facts }) => (facts.complete ? allow : deny)),
    })
    await session.fromClient(Buffer.concat([m.bind('', 'of_prepare'), m.execute(''), m.sync]))
    expect(decided(session)).toMatchObject([{ verdict: 'deny' }])
  })

  it('a portal that SQL closed and declared anew is not taken for the one of the Bind', async () => {
    const session = memorySession()
    const described = m.rowDescription({ name: 'one', table: 20_001, attribute: 1 })
    await session.fromClient(
      Buffer.concat([
        ...[m.query('begin'), m.parse('', 'select text from notes'), m.bind('p', '')],
        ...[m.describePortal('p'), m.sync],
      ]),
    )
    await session.fromTarget(
      Buffer.concat([
        ...[m.commandComplete('BEGIN'), m.ready('T'), m.parseComplete, m.bindComplete],
        ...[described, m.ready('T')],
      ]),
    )
    await session.fromClient(
      Buffer.concat([
        ...[m.query('close p'), m.query("declare p cursor for select ssn || '' from people")],
        ...[m.execute('p'), m.sync],
      ]),
    )
    // Each of them changes what a name means: the next one waits for its answer.
    for (const tag of ['CLOSE CURSOR', 'DECLARE CURSOR']) {
      await session.fromTarget(Buffer.concat([m.commandComplete(tag), m.ready('T')]))
    }
    await session.fromTarget(
      Buffer.concat([
        // The relay asks what the portal is now.
        ...[m.rowDescription({ name: '?column?' }), m.dataRow('tagged text')],
        ...[m.commandComplete('SELECT 1'), m.ready('T')],
      ]),
    )
    expect(session.end()).toBeUndefined()
    expect(session.client.received.toString()).not.toContain('tagged')
  })

  it('going on with a suspended portal is no new statement', async () => {
    const session = memorySession()
    await session.fromClient(
      Buffer.concat([m.parse('', 'select 1'), m.bind('p', ''), m.execute('p', 1), m.flush]),
    )
    const description = m.rowDescription({ name: 'one', type: 23 })
    await session.fromTarget(
      Buffer.concat([
        ...[m.parseComplete, m.bindComplete, description, m.dataRow('1'), m.portalSuspended],
      ]),
    )
    await session.fromClient(Buffer.concat([m.execute('p', 1), m.sync]))
    await session.fromTarget(
      Buffer.concat([m.dataRow('2'), m.commandComplete('SELECT 1'), m.ready()]),
    )
    expect(decided(session)).toHaveLength(1)
    expect(completed(session)).toMatchObject([{ rows: 2, command: 'SELECT 1' }])
    expect(m.typesOf(session.client.received)).toBe('12DsDCZ')
  })
})

describe('masking', () => {
  it('asks anew what a prepared statement shows when the catalogue was read again', async () => {
    let current = snapshot
    const session = memorySession({
      catalogue: { current: () => current, refresh: () => Promise.resolve(current) },
    })
    const described = (table: number, attribute: number): Buffer =>
      m.rowDescription({ name: 'text', table, attribute })
    await session.fromClient(
      m.parse('s', 'select text from notes'),
      m.describeStatement('s'),
      m.sync,
    )
    await session.fromTarget(
      Buffer.concat([m.parseComplete, m.parameterDescription, described(20_001, 1), m.ready()]),
    )
    // Meanwhile tables were renamed: notes is another one, with a tagged column in this place.
    current = { ...snapshot }
    for (const again of [false, true]) {
      const before = session.target.received.length
      await session.fromClient(m.bind('', 's'), m.execute(''), m.sync)
      const sent = m.typesOf(session.target.received.subarray(before))
      expect(sent).toBe(again ? 'BES' : 'BDES')
      await session.fromTarget(
        Buffer.concat([m.bindComplete, ...(again ? [] : [described(20_000, 3)])]),
        Buffer.concat([m.dataRow('Smith'), m.commandComplete('SELECT 1'), m.ready()]),
      )
    }
    expect(session.client.received.toString()).toContain('*****')
    expect(session.client.received.toString()).not.toContain('Smith')
  })

  it('asks the catalogue again for a table that it does not know, and holds the rows until then', async () => {
    let current: typeof snapshot = { ...snapshot, relations: new Map(), tagged: new Map() }
    let release: () => void = () => undefined
    const session = memorySession({
      catalogue: {
        current: () => current,
        refresh: () =>
          new Promise((resolve) => {
            release = () => {
              current = snapshot
              resolve(snapshot)
            }
          }),
      },
    })
    await session.fromClient(m.query('select ssn from people'))
    await session.fromTarget(
      Buffer.concat([
        m.rowDescription({ name: 'ssn', table: 20_000, attribute: 3 }),
        m.dataRow('not a pattern'),
        m.commandComplete('SELECT 1'),
        m.ready(),
      ]),
    )
    expect(m.typesOf(session.client.received)).toBe('T')
    release()
    await turn()
    await turn()
    expect(m.typesOf(session.client.received)).toBe('TDCZ')
    expect(session.client.received.toString()).not.toContain('pattern')
  })

  it('a tagged value becomes another one of its type, in binary too, and NULL where its type is not known', async () => {
    const session = memorySession()
    await session.fromClient(
      Buffer.concat([
        m.parse('', 'select id, born, name, ssn from people'),
        m.bind('', '', [], [1]),
        m.describePortal(''),
        m.execute(''),
        m.sync,
      ]),
    )
    await session.fromTarget(
      Buffer.concat([
        ...[m.parseComplete, m.bindComplete],
        m.rowDescription(
          { name: 'id', table: 20_000, attribute: 1, type: 23, format: 1 },
          { name: 'born', table: 20_000, attribute: 4, type: 1082, format: 1 },
          { name: 'name', table: 20_000, attribute: 2, format: 1 },
          { name: 'ssn', table: 20_000, attribute: 3, type: 99_999, format: 1 },
        ),
        m.dataRow(m.i32(1), m.i32(-10_957), 'Ada', 'secret'),
        m.dataRow(m.i32(2), null, 'ada@example.com', 'secret'),
        ...[m.commandComplete('SELECT 2'), m.ready()],
      ]),
    )
    const rows = m.framesOf(session.client.received).filter(({ type }) => type === 'D')
    const body = (bytes: Buffer): string => bytes.toString('latin1', 5)
    expect(rows.map((row) => row.body)).toEqual([
      body(m.dataRow(m.i32(1), m.i32(0), 'Ada', null)),
      body(m.dataRow(m.i32(2), null, '***@*******.***', null)),
    ])
    expect(m.typesOf(session.client.received)).toBe('12TDDCZ')
  })

  it('parameters of a statement on tagged columns are masked on record and pass unchanged', async () => {
    const session = memorySession()
    await session.fromClient(
      Buffer.concat([
        m.parse('', 'select id from people where ssn = $1'),
        m.bind('', '', ['no-pattern-at-all']),
        ...[m.execute(''), m.sync],
      ]),
    )
    expect(session.target.received.toString()).toContain('no-pattern-at-all')
    expect(session.journal.text()).not.toContain('pattern')
    await session.fromTarget(
      Buffer.concat([
        ...[m.parseComplete, m.bindComplete, m.rowDescription({ name: 'id', type: 23 })],
        ...[m.commandComplete('SELECT 0'), m.ready()],
      ]),
    )
    const [touched] = session.journal.events<{ touches: unknown[] }>('gatetrail.pii.touched')
    expect(touched!.touches).toEqual([
      {
        place: 'public.people.ssn',
        entity: 'US_SSN',
        outcome: 'filtered',
        level: 'certain',
        count: 1,
      },
    ])
  })

  it('constants of a statement on tagged columns are masked in frames and events', async () => {
    const session = memorySession()
    await session.fromClient(m.query("select id from people where ssn = 'secret-value'"))
    expect(session.target.received.toString()).toContain('secret-value')
    expect(session.journal.text()).not.toContain('secret')
  })

  it('an answer in copy mode under the extended protocol keeps its place although Sync is ignored', async () => {
    const session = memorySession()
    await session.fromClient(
      Buffer.concat([m.parse('', 'copy notes from stdin'), m.bind('', ''), m.execute(''), m.sync]),
    )
    await session.fromTarget(Buffer.concat([m.parseComplete, m.bindComplete, m.copyIn]))
    await session.fromClient(
      Buffer.concat([m.copyData('ada@exam'), m.copyData('ple.com\n'), m.copyDone, m.sync]),
    )
    await session.fromTarget(Buffer.concat([m.commandComplete('COPY 1'), m.ready()]))
    await session.fromClient(m.query('select 1'))
    await session.fromTarget(oneRow)
    expect(m.typesOf(session.client.received)).toBe('12GCZTDCZ')
    expect(session.journal.text()).not.toContain('ada@')
    expect(completed(session)).toMatchObject([{ rows: 1, command: 'COPY 1' }, { rows: 1 }])
  })
})

describe('a read-only session', () => {
  const readOnly = {
    readOnly: true,
    parameters: new Map([['default_transaction_read_only', 'on']]),
  }
  const off = m.parameterStatus('default_transaction_read_only', 'off')

  it('ends when the target says that it is not any more, and nothing reaches the target from then on', async () => {
    const session = memorySession(readOnly)
    await session.fromClient(m.query('select 1'))
    const before = session.target.received.length
    await session.fromTarget(Buffer.concat([off, oneRow]))
    expect(session.end()).toMatchObject({ code: 'UPSTREAM_PROTOCOL_VIOLATION' })
    expect(session.target.writableEnded).toBe(true)
    expect(m.typesOf(session.client.received)).toBe('E')
    await session.fromClient(m.query('delete from notes'))
    expect(m.typesOf(session.target.received.subarray(before))).not.toContain('Q')
  })

  it('is none where the target did not begin it so, and another may say what it likes', async () => {
    const parameters = new Map([['default_transaction_read_only', 'off']])
    expect(memorySession({ readOnly: true, parameters }).end()).toMatchObject({
      code: 'UPSTREAM_PROTOCOL_VIOLATION',
    })
    const writer = memorySession({ parameters })
    await writer.fromTarget(off)
    expect(writer.end()).toBeUndefined()
  })
})

describe('the end', () => {
  it.each([
    ['the statement', 'select 1'],
    // Others would wait for it.
    ['the definition', 'create index on notes (text)'],
  ])('of a client that vanishes is on record, with %s that it left', async (_, text) => {
    let cancelled = 0
    const session = memorySession({ cancelTarget: () => cancelled++ })
    await session.fromClient(m.query(text))
    session.client.push(null)
    await turn()
    expect(session.end()).toMatchObject({ reason: 'client_vanished' })
    expect(cancelled).toBe(1)
    expect(completed(session)).toMatchObject([{ error: { sqlstate: '57P01' } }])
  })

  it('of a target is said to the client', async () => {
    const session = memorySession()
    await session.fromClient(m.query('select 1'))
    session.target.push(null)
    await turn()
    expect(session.end()).toMatchObject({ reason: 'target_closed' })
    expect(session.client.received.toString()).toContain('08006')
  })

  it('in order forwards Terminate and is recorded once', async () => {
    const session = memorySession()
    await session.fromClient(m.terminate)
    expect(session.end()).toMatchObject({ reason: 'client_closed' })
    expect(m.typesOf(session.target.received)).toBe('X')
    session.relay.terminate('shutdown')
    expect(session.journal.events('gatetrail.session.closed')).toHaveLength(1)
  })

  it('by shutdown is said to the client', async () => {
    const session = memorySession()
    session.relay.terminate('shutdown')
    await turn()
    expect(session.client.received.toString()).toContain('57P01')
    expect(await session.relay.ended).toBe('shutdown')
  })
})

it('a client that stops reading stops the target, and nothing grows', async () => {
  const session = memorySession()
  await session.fromClient(m.query('select text from notes'))
  session.client.stuck = true
  await session.fromTarget(m.rowDescription({ name: 'text', table: 20_001, attribute: 1 }))
  const piece = Buffer.concat(Array.from({ length: 60 }, () => m.dataRow('x'.repeat(1000))))
  let fed = 0
  while (!session.target.isPaused() && fed < 10_000_000) {
    await session.fromTarget(piece)
    fed += piece.length
  }
  expect(session.target.isPaused()).toBe(true)
  expect(fed).toBeLessThan(1_048_576)
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import type { Principal, SqlFacts } from '@gatetrail/schemas'
import { describe, expect, it } from 'vitest'
import { createDecisions } from './decisions.ts'
import type { PolicyConnection } from './entities.ts'
import { loadPolicySet } from './load-policy-set.ts'
import type { PolicySet } from './policy-set.ts'
import { policySchema } from './schema.ts'

const demoDirectory = join(import.meta.dirname, '../../../deploy/demo/policies')
const demoFiles = readdirSync(demoDirectory).map((file) => ({
  file,
  text: readFileSync(join(demoDirectory, file), 'utf8'),
}))
const orders: PolicyConnection = { name: 'orders', protocol: 'postgres', tags: [] }
const moment = { time: new Date('2026-03-12T10:00:00Z'), clientAddress: '127.0.0.1' }

const inGroups = (...groups: string[]): Principal => ({
  kind: 'ci_job',
  issuer: 'ci',
  subject: groups.join('-'),
  groups,
  run: { provider: 'github', id: '1', workflow: 'nightly' },
  onBehalfOf: [{ subject: 'dana' }],
})

const facts = (given: Partial<SqlFacts>): SqlFacts => ({
  kinds: ['select'],
  effects: ['read'],
  reads: [],
  writes: [],
  columns: [],
  filters: [],
  functions: [],
  complete: true,
  ...given,
})
const dropDatabase = facts({ kinds: ['drop_database'], effects: ['schema'] })
const incomplete = facts({ kinds: ['do'], effects: [], complete: false })

const policies = (...texts: string[]): PolicySet =>
  loadPolicySet(texts.map((text, index) => ({ file: `p${index}.cedar`, text })))
const anybody = inGroups('anybody')

describe('the policies of the demo', () => {
  const demo = loadPolicySet(demoFiles)

  it('are valid and have no condition that can never hold', () => {
    expect(demo.warnings).toEqual([])
    expect(demo.cacheable).toEqual({ connect: true, execute: true, reveal: true })
  })

  it('let each group connect that has something to do, and nobody else', () => {
    for (const group of ['ml-training', 'reports', 'backup', 'dba', 'fraud-desk']) {
      expect(demo.connect(inGroups(group), orders, moment).verdict, group).toBe('allow')
    }
    expect(demo.connect(inGroups('auditors'), orders, moment)).toEqual({
      verdict: 'deny',
      policies: [],
      reason: 'no policy allows it',
    })
    expect(demo.connect(inGroups('dba'), { ...orders, name: 'other' }, moment).verdict).toBe('deny')
  })

  it('let the training job read and set, and nothing that writes or that the text does not tell', () => {
    const training = inGroups('ml-training')
    const verdict = (sql: SqlFacts): string => demo.execute(training, orders, sql, moment).verdict
    expect(verdict(facts({}))).toBe('allow')
    expect(verdict(facts({ effects: ['read', 'session'] }))).toBe('allow')
    expect(verdict(facts({ effects: ['read', 'write'] }))).toBe('deny')
    expect(verdict(facts({ effects: ['external', 'read'] }))).toBe('deny')
    expect(verdict(facts({ effects: [] }))).toBe('deny')
    expect(verdict(facts({ complete: false }))).toBe('deny')
  })

  it('tell the backup why it may not drop a database', () => {
    expect(demo.execute(inGroups('backup'), orders, dropDatabase, moment)).toEqual({
      verdict: 'deny',
      policies: ['backup.1', 'dba.2'],
      reason: 'backup jobs may read, never change or drop anything',
    })
    expect(demo.execute(inGroups('backup'), orders, facts({}), moment).verdict).toBe('allow')
  })

  it('let reports export orders with customers, but not their social security numbers', () => {
    const reports = inGroups('reports')
    const exported = facts({
      kinds: ['copy', 'select'],
      reads: ['public.customers', 'public.orders'],
      columns: ['public.customers.email', 'public.customers.name', 'public.orders.id'],
    })
    expect(demo.execute(reports, orders, exported, moment).verdict).toBe('allow')
    const withNumbers = { ...exported, columns: ['public.customers.ssn'] }
    expect(demo.execute(reports, orders, withNumbers, moment)).toMatchObject({
      verdict: 'deny',
      reason: 'reports do without social security and card numbers',
    })
    const elsewhere = facts({ reads: ['pg_catalog.pg_authid'] })
    expect(demo.execute(reports, orders, elsewhere, moment).verdict).toBe('deny')
  })

  it('hold what a DBA does to the schema, or in a way that the text does not tell, until a DBA approves', () => {
    const dba = inGroups('dba')
    for (const sql of [dropDatabase, incomplete]) {
      expect(demo.execute(dba, orders, sql, moment)).toEqual({
        verdict: 'hold',
        policies: ['dba.2'],
        reason: 'schema changes wait for a second DBA',
        approvalGroups: ['dba'],
      })
    }
    expect(demo.execute(dba, orders, facts({ effects: ['write'] }), moment).verdict).toBe('allow')
  })

  it('reveal social security numbers to the fraud desk only', () => {
    const reveal = (group: string, dataClass: string): string =>
      demo.reveal(inGroups(group), orders, dataClass, 'public.customers.ssn', moment).verdict
    expect(reveal('fraud-desk', 'US_SSN')).toBe('allow')
    expect(reveal('fraud-desk', 'EMAIL')).toBe('deny')
    expect(reveal('dba', 'US_SSN')).toBe('deny')
  })
})

describe('a decision', () => {
  const permitAll = 'permit (principal, action, resource);'

  it('is a deny without any policy', () => {
    expect(policies().execute(anybody, orders, facts({}), moment)).toEqual({
      verdict: 'deny',
      policies: [],
      reason: 'no policy allows it',
    })
  })

  it('is a deny if any policy errors, even a forbid that Cedar would skip', () => {
    const set = policies(
      permitAll,
      'forbid (principal, action, resource) when { 9223372036854775807 + 1 > 0 };',
    )
    expect(set.execute(anybody, orders, facts({}), moment)).toEqual({
      verdict: 'deny',
      policies: ['p1.1'],
      reason: 'the policies could not be evaluated',
    })
  })

  it('is a deny if the request itself is no valid one', () => {
    const set = policies(permitAll)
    const nowhere = { ...moment, clientAddress: 'not an address' }
    expect(set.connect(anybody, orders, nowhere).verdict).toBe('deny')
    expect(
      set.connect(anybody, orders, { ...moment, clientAddress: '::ffff:10.0.0.1' }).verdict,
    ).toBe('allow')
    expect(set.connect(anybody, orders, { ...moment, clientAddress: 'fe80::1%eth0' }).verdict).toBe(
      'allow',
    )
  })

  it('takes ::ffff:10.1.2.3 for 10.1.2.3', () => {
    const set = policies(
      'permit (principal, action, resource) when { context.clientAddress.isInRange(ip("10.0.0.0/8")) };',
    )
    const from = (clientAddress: string): string =>
      set.connect(anybody, orders, { ...moment, clientAddress }).verdict
    expect(from('::ffff:10.1.2.3')).toBe('allow')
    expect(from('11.1.2.3')).toBe('deny')
  })

  it('holds only if every deciding forbid asks for approval, and unites the groups', () => {
    const first =
      '@approval("dba, security") forbid (principal, action, resource) unless { context has approved && context.approved };'
    const second =
      '@approval("owners") forbid (principal, action == Action::"execute", resource) unless { context.approved };'
    const hard = '@reason("never") forbid (principal, action, resource);'
    expect(
      policies(permitAll, first, second).execute(anybody, orders, facts({}), moment),
    ).toMatchObject({
      verdict: 'hold',
      policies: ['p1.1', 'p2.1'],
      approvalGroups: ['dba', 'security', 'owners'],
    })
    expect(policies(permitAll, first, hard).execute(anybody, orders, facts({}), moment)).toEqual({
      verdict: 'deny',
      policies: ['p1.1', 'p2.1'],
      reason: 'never',
    })
  })

  it('is a deny where approval would not help, for the reason that remains', () => {
    const held =
      '@approval("dba") @reason("waits") forbid (principal, action == Action::"execute", resource) unless { context.approved };'
    expect(policies(held).execute(anybody, orders, facts({}), moment)).toEqual({
      verdict: 'deny',
      policies: ['p0.1'],
      reason: 'no policy allows it',
    })
    const unliftable = '@approval("dba") @reason("stays") forbid (principal, action, resource);'
    expect(
      policies(permitAll, unliftable).execute(anybody, orders, facts({}), moment),
    ).toMatchObject({
      verdict: 'deny',
      reason: 'stays',
    })
  })

  it('sees groups, run and delegators of the principal, and protocol and tags of the connection', () => {
    const set = policies(
      `permit (principal in Group::"g", action, resource in Protocol::"postgres") when {
      principal has run && principal.run has workflow && principal.run.workflow == "nightly" &&
      principal.groups.contains("g") && principal has onBehalfOf && principal.onBehalfOf.contains("dana") &&
      resource.tags.contains("pci") };`.replace('action,', 'action == Action::"connect",'),
    )
    expect(set.connect(inGroups('g'), { ...orders, tags: ['pci'] }, moment).verdict).toBe('allow')
    expect(set.connect(inGroups('g'), orders, moment).verdict).toBe('deny')
  })

  it('is a deny after the set was released, also where its memory serves another set', () => {
    const first = policies(permitAll)
    expect(first.connect(anybody, orders, moment).verdict).toBe('allow')
    first.release()
    const second = policies(permitAll)
    expect(first.connect(anybody, orders, moment).verdict).toBe('deny')
    expect(second.connect(anybody, orders, moment).verdict).toBe('allow')
  })
})

describe('a policy file', () => {
  const refused = (...texts: string[]): unknown => {
    try {
      policies(...texts)
    } catch (error) {
      return error
    }
    return undefined
  }

  it('that does not parse is refused with line and column in characters', () => {
    const error = refused('permit (principal, action, resource);\n// é\n/* ')
    expect(error).toMatchObject({ code: 'POLICY_INVALID', file: 'p0.cedar', line: 3, column: 1 })
    const inside = refused('// ünï;cödé\nforbid (principal action, resource);')
    expect(inside).toMatchObject({ file: 'p0.cedar', line: 2, column: 19 })
    expect(inside).toHaveProperty(
      'message',
      expect.stringMatching(/^p0\.cedar:2:19: unexpected token/),
    )
  })

  it('that does not fit the schema is refused with line and column', () => {
    const error = refused(
      'permit (principal, action, resource);',
      '\n\npermit (principal, action == Action::"execute", resource)\nwhen { context.sql.effects.contains("read") };',
    )
    expect(error).toMatchObject({ code: 'POLICY_INVALID', file: 'p1.cedar', line: 4, column: 8 })
    expect(refused('permit (principal, action == Action::"exec", resource);')).toMatchObject({
      line: 1,
    })
    expect(
      refused(
        'permit (principal, action == Action::"connect", resource) when { context.approved };',
      ),
    ).toMatchObject({ line: 1 })
  })

  it('with a template, an id twice, an empty @approval, or @approval on a permit is refused', () => {
    expect(refused('permit (principal == ?principal, action, resource);')).toMatchObject({
      line: 1,
    })
    expect(
      refused(
        '@id("a") permit (principal, action, resource);',
        '\n@id("a") permit (principal, action, resource);',
      ),
    ).toMatchObject({ file: 'p1.cedar', line: 2 })
    expect(refused('@approval forbid (principal, action, resource);')).toMatchObject({ line: 1 })
    expect(refused('@approval("x") permit (principal, action, resource);')).toMatchObject({
      line: 1,
    })
  })

  it('names its policies by @id or by their number in the file', () => {
    const set = policies(
      'permit (principal, action, resource) when { "a;b" != "//" };// x;\n@id("mine")\nforbid (principal, action, resource);',
    )
    expect(set.policies.map(({ id }) => id)).toEqual(['p0.1', 'mine'])
    expect(set.connect(anybody, orders, moment).policies).toEqual(['mine'])
  })

  it('gives the same hash in whatever order the files come, and another for another text', () => {
    const a = { file: 'a.cedar', text: 'permit (principal, action, resource);' }
    const b = { file: 'b.cedar', text: 'forbid (principal, action, resource);' }
    expect(loadPolicySet([a, b]).hash).toBe(loadPolicySet([b, a]).hash)
    expect(loadPolicySet([a]).hash).not.toBe(loadPolicySet([a, b]).hash)
    expect(loadPolicySet([a]).hash).toMatch(/^[0-9a-f]{64}$/)
  })
})

describe('decisions of a session', () => {
  const options = { principal: anybody, connection: orders, clientAddress: '127.0.0.1' }

  it('are kept by description and by facts, and made anew when another set comes into force', () => {
    let set = policies('permit (principal, action, resource);')
    const decisions = createDecisions({
      ...options,
      policies: { current: () => set },
      now: () => moment.time,
    })
    const description = { id: 7, facts: facts({}) }
    const first = decisions.execute(description)
    expect(decisions.execute(description)).toBe(first)
    expect(decisions.execute({ id: 8, facts: facts({}) })).toBe(first)
    expect(decisions.execute({ id: 9, facts: facts({ reads: ['a.b'] }) })).toBe(first) // Nobody reads `reads`.
    expect(decisions.reveal('US_SSN', 'a.b.c')).toBe(decisions.reveal('US_SSN', 'a.b.c'))
    expect(first.verdict).toBe('allow')
    set = policies()
    expect(decisions.execute(description).verdict).toBe('deny')
    expect(decisions.reveal('US_SSN').verdict).toBe('deny')
    expect(decisions.policySet()).toBe(set)
  })

  it('tell facts apart by all that a policy reads of them, however it writes that, and by nothing else', () => {
    const different = facts({
      reads: ['a.b'],
      writes: ['a.b'],
      functions: ['a.f'],
      complete: false,
    })
    const reading: [condition: string, ...read: (keyof SqlFacts)[]][] = [
      ['context.sql.reads.contains("a.b")', 'reads'],
      ['context["sql"]["writes"].isEmpty() || context.sql.complete', 'writes', 'complete'],
      ['context has sql.functions && context.sql.functions.isEmpty()', 'functions'],
      ['[context.sql].contains(context.sql)', 'reads', 'writes', 'functions', 'complete'],
      ['[context].contains(context)', 'reads', 'writes', 'functions', 'complete'],
      ['context has sql && context.approved == false'],
      ['resource in Protocol::"postgres"'],
    ]
    for (const [condition, ...read] of reading) {
      const set = policies(
        `permit (principal, action == Action::"execute", resource) when { context has sql && (${condition}) };`,
      )
      for (const name of ['reads', 'writes', 'functions', 'complete'] as const) {
        const other = set.factsKey(facts({ [name]: different[name] }))
        expect(other === set.factsKey(facts({})), `${condition}: ${name}`).toBe(
          !read.includes(name),
        )
      }
    }
  })

  it('are those that Cedar makes of the whole context', () => {
    const conditions = [
      ...['reads', 'writes', 'columns', 'filters', 'functions', 'kinds', 'effects'].map(
        (name) => `context.sql.${name}.containsAny(["a.b", "a.b.c", "delete", "write"])`,
      ),
      'context.sql.complete',
      'context has sql.reads && !context.sql.reads.isEmpty()',
      'context.time > datetime("2026-01-01")',
    ]
    const given: Partial<SqlFacts>[] = [
      {},
      { reads: ['a.b'], columns: ['a.b.c'] },
      { writes: ['a.b'], effects: ['read', 'write'] },
      { kinds: ['delete'], filters: ['a.b.c'], complete: false },
    ]
    let allowed = 0
    for (const first of conditions) {
      for (const second of conditions) {
        const text = `permit (principal, action == Action::"execute", resource) when { context has sql && ${first} && !(${second}) };`
        const set = policies(text)
        for (const one of given) {
          const sql = facts(one)
          const answer = isAuthorized({
            principal: { type: 'Principal', id: 'ci#x' },
            action: { type: 'Action', id: 'execute' },
            resource: { type: 'Connection', id: 'orders' },
            context: {
              time: { __extn: { fn: 'datetime', arg: moment.time.toISOString() } },
              approved: false,
              sql,
            },
            entities: [],
            policies: { staticPolicies: { p: text } },
          })
          const decision = answer.type === 'success' ? answer.response.decision : 'deny'
          if (decision === 'allow') allowed++
          expect(set.execute(anybody, orders, sql, moment).verdict, text).toBe(decision)
        }
      }
    }
    expect(allowed).toBeGreaterThan(50)
  })

  it('follow the clock if a policy of the action reads it, however it writes that', () => {
    for (const condition of [
      'context.time < datetime("2026-01-01")',
      '{ "a": context.time } has a && [context.time].contains(datetime("2025-01-01"))',
    ]) {
      const set = policies(
        `permit (principal, action == Action::"execute", resource) when { ${condition} };`,
      )
      expect(set.cacheable).toEqual({ connect: true, execute: false, reveal: true })
      let now = new Date('2025-01-01T00:00:00Z')
      const decisions = createDecisions({
        ...options,
        policies: { current: () => set },
        now: () => now,
      })
      expect(decisions.execute({ id: 1, facts: facts({}) }).verdict).toBe('allow')
      now = new Date('2027-01-01T00:00:00Z')
      expect(decisions.execute({ id: 1, facts: facts({}) }).verdict).toBe('deny')
    }
    const byAddress = policies(
      'permit (principal, action, resource) when { context.clientAddress.isLoopback() };',
    )
    expect(byAddress.cacheable).toEqual({ connect: false, execute: false, reveal: false })
  })
})

it('the schema in docs/ is the one in force', () => {
  const documented = join(import.meta.dirname, '../../../docs/policy-schema.cedarschema')
  expect(readFileSync(documented, 'utf8')).toBe(policySchema)
})

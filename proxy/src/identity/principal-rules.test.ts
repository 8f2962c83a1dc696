import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valueAt } from './json-pointer.ts'
import { principalOf } from './principal-rules.ts'
import { runUrl } from './run-url.ts'
import { parseStrictObject } from './strict-json.ts'
import { identityOf, type IssuerInput } from './testing/issuer.ts'
import { createUsedTokens } from './used-tokens.ts'

function principal(claims: object, issuer: IssuerInput) {
  const [configuration] = identityOf({ issuer: 'https://ci.example.com', ...issuer }).issuers
  if (configuration === undefined) throw new Error('no issuer')
  return principalOf({ sub: 'someone', ...claims }, configuration)
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt()
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

describe('rules', () => {
  const rules: IssuerInput = {
    principals: [
      { when: { '/repository': 'acme/train', '/protected': true }, kind: 'ci_job' },
      { when: { '/level': 2 }, kind: 'agent' },
      { when: { '/nested/a~1b/0': 'x' }, kind: 'human' },
    ],
  }
  it('the first whose every condition holds gives the kind', () => {
    const kind = (claims: object) => principal(claims, rules).principal.kind
    expect(kind({ repository: 'acme/train', protected: true, level: 2 })).toBe('ci_job')
    expect(kind({ repository: 'acme/train', protected: false, level: 2 })).toBe('agent')
    expect(kind({ nested: { 'a/b': ['x'] } })).toBe('human')
  })

  it.each([
    {},
    { repository: 'acme/train' },
    { repository: 'acme/train', protected: 'true' },
    { repository: ['acme/train'], protected: true },
    { repository: 'ACME/train', protected: true },
    { repository: 'acme/train ', protected: true },
    { level: '2' },
  ])('no rule fits %j', (claims) => {
    expect(codeOf(() => principal(claims, rules))).toBe('PRINCIPAL_UNMATCHED')
  })

  it('never reads what an object inherits', () => {
    expect(valueAt({}, '/constructor/name')).toBeUndefined()
    expect(valueAt({}, '/__proto__')).toBeUndefined()
    expect(valueAt({ list: ['a'] }, '/list/length')).toBeUndefined()
    expect(valueAt({ list: ['a'] }, '/list/00')).toBeUndefined()
    expect(valueAt({ list: ['a'] }, '/list/0')).toBe('a')
    expect(valueAt({ 'a~b': { '': 1 } }, '/a~0b/')).toBe(1)
  })

  it('a claim named __proto__ changes no object', () => {
    const claims = JSON.parse('{"__proto__":{"kind":"x"}}') as object
    const read = principal(claims, {
      principals: [{ when: { '/__proto__/kind': 'x' }, kind: 'agent' }],
    })
    expect(JSON.stringify(read.claims)).toBe('{"sub":"someone","__proto__":{"kind":"x"}}')
    expect({}).not.toHaveProperty('kind')
  })
})

describe('groups', () => {
  const allow: IssuerInput = { groups: { claim: '/realm/groups', allow: ['dba', 'ml-training'] } }
  const groupsOf = (groups: unknown, issuer = allow) => {
    const { principal: found } = principal({ realm: { groups } }, issuer)
    return [found.groups, found.groupsIgnored]
  }
  it('that are not listed grant nothing and are named', () => {
    expect(groupsOf(['dba', 'admins', 'dba', 'admins'])).toEqual([['dba'], ['admins']])
    expect(groupsOf(['DBA'])).toEqual([[], ['DBA']])
  })
  it('may be one text, which is not split', () => {
    expect(groupsOf('dba')).toEqual([['dba'], undefined])
    expect(groupsOf('dba ml-training')).toEqual([[], ['dba ml-training']])
    expect(groupsOf('dba,ml-training')).toEqual([[], ['dba,ml-training']])
  })
  it('may be missing', () => {
    expect(groupsOf(undefined)).toEqual([[], undefined])
    expect(groupsOf(null)).toEqual([[], undefined])
  })
  it('of another shape are an error', () => {
    for (const groups of [7, { dba: true }, ['dba', 7], [['dba']]]) {
      expect(codeOf(() => groupsOf(groups))).toBe('TOKEN_CLAIM_INVALID')
    }
  })
  it('are renamed by a map, and no inherited name is one', () => {
    const map: IssuerInput = {
      groups: { claim: '/realm/groups', map: { 'CN=DBA': 'dba', owners: 'dba' } },
    }
    expect(groupsOf(['CN=DBA', 'owners', 'dba', 'constructor', 'toString'], map)).toEqual([
      ['dba'],
      ['dba', 'constructor', 'toString'],
    ])
  })
  it('come only where the issuer is configured to give them', () => {
    expect(principal({ groups: ['dba'] }, {}).principal.groups).toEqual([])
  })
})

describe('runs', () => {
  const rule = {
    kind: 'ci_job' as const,
    run: {
      provider: 'github',
      id: '/run_id',
      attempt: '/run_attempt',
      repository: '/repository',
      url: 'https://github.com/{/repository}/actions/runs/{/run_id}',
    },
  }
  const runOf = (claims: object) => principal(claims, { principals: [rule] }).principal.run
  it('have an id, and what else is known', () => {
    expect(runOf({ run_id: '77', run_attempt: 2, repository: 'acme/train' })).toEqual({
      provider: 'github',
      id: '77',
      attempt: '2',
      repository: 'acme/train',
      url: 'https://github.com/acme/train/actions/runs/77',
    })
    expect(runOf({ run_id: '77' })).toEqual({ provider: 'github', id: '77' })
  })
  it('a caller that should have a run and does not say which is refused', () => {
    expect(codeOf(() => runOf({}))).toBe('TOKEN_CLAIM_INVALID')
    expect(codeOf(() => runOf({ run_id: '' }))).toBe('TOKEN_CLAIM_INVALID')
    expect(codeOf(() => runOf({ run_id: { $ne: 1 } }))).toBe('TOKEN_CLAIM_INVALID')
  })
  it('a number that has lost digits is no id', () => {
    expect(codeOf(() => runOf({ run_id: 2 ** 53 }))).toBe('TOKEN_CLAIM_INVALID')
  })

  it.each([
    ['acme/../../evil', undefined],
    ['acme//evil', undefined],
    ['', undefined],
    ['acme/tr ain?x=1#y', 'https://github.com/acme/tr%20ain%3Fx%3D1%23y/z'],
    ['ü', 'https://github.com/%C3%BC/z'],
  ])('the repository %j cannot leave its place in the URL', (repository, expected) => {
    expect(runUrl('https://github.com/{/repository}/z', () => repository)).toBe(expected)
  })
  it('a claim cannot choose the scheme', () => {
    expect(runUrl('{/a}', () => 'javascript:alert(1)')).toBeUndefined()
    expect(runUrl('javascript:{/a}', () => 'x')).toBeUndefined()
  })
})

describe('on behalf of', () => {
  const chain = (depth: number): object => ({
    sub: `actor-${depth}`,
    ...(depth > 1 && { act: chain(depth - 1) }),
  })
  it('lists the act chain, nearest first, with issuers', () => {
    const act = { sub: 'alice', iss: 'https://sso.example.com', act: { sub: 'scheduler' } }
    expect(principal({ act }, {}).principal.onBehalfOf).toEqual([
      { subject: 'alice', issuer: 'https://sso.example.com' },
      { subject: 'scheduler' },
    ])
    expect(principal({}, {}).principal).not.toHaveProperty('onBehalfOf')
  })
  it('with subject /act/sub the principal is the actor, and the subject of the token comes last', () => {
    const { principal: found } = principal(
      { sub: 'alice', act: { sub: 'report-agent', act: { sub: 'planner' } } },
      { principals: [{ kind: 'agent', subject: '/act/sub' }] },
    )
    expect(found.subject).toBe('report-agent')
    expect(found.onBehalfOf).toEqual([{ subject: 'planner' }, { subject: 'alice' }])
  })
  it('takes 8 actors and no more', () => {
    expect(principal({ act: chain(8) }, {}).principal.onBehalfOf?.length).toBe(8)
    expect(codeOf(() => principal({ act: chain(9) }, {}))).toBe('TOKEN_CLAIM_INVALID')
  })
  it.each([[null], ['alice'], [{}], [{ sub: 7 }], [{ sub: 'a', iss: 7 }], [{ sub: 'a', act: [] }]])(
    'act %j is refused',
    (act) => {
      expect(codeOf(() => principal({ act }, {}))).toBe('TOKEN_CLAIM_INVALID')
    },
  )
})

describe('claims on record', () => {
  it('are those that the rules read, in their place, and the registered ones', () => {
    const { claims } = principal(
      {
        email: 'bob@example.com',
        kube: { namespace: 'train', secret: 's', pod: { name: 'p', uid: 'u' } },
        roles: ['a'],
      },
      {
        groups: { claim: '/roles', allow: ['a'] },
        principals: [
          {
            when: { '/kube/namespace': 'train' },
            kind: 'service_account',
            run: { provider: 'kubernetes', id: '/kube/pod/uid' },
          },
        ],
      },
    )
    expect(JSON.parse(JSON.stringify(claims))).toEqual({
      sub: 'someone',
      roles: ['a'],
      kube: { namespace: 'train', pod: { uid: 'u' } },
    })
  })
  it('never hold an object that a pointer happens to point to', () => {
    const { claims } = principal(
      { a: { secret: 1 } },
      { principals: [{ when: { '/a': 'x' }, kind: 'human' }, { kind: 'agent' }] },
    )
    expect(claims).not.toHaveProperty('a')
  })
})

describe('strict JSON', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  it('reads every object as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
        const text = JSON.stringify(value)
        expect(parseStrictObject(bytes(text), 'test')).toEqual(JSON.parse(text))
      }),
    )
  })
  it('finds a member that comes twice, whatever is around', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 8 }),
        fc.jsonValue({ maxDepth: 3 }),
        fc.jsonValue({ maxDepth: 3 }),
        (member, one, two) => {
          const key = JSON.stringify(member)
          const text = `{"outer":[${JSON.stringify(one)},{${key}:${JSON.stringify(one)}, ${key} :${JSON.stringify(two)}}]}`
          expect(codeOf(() => parseStrictObject(bytes(text), 'test'))).toBe(
            'TOKEN_DUPLICATE_MEMBER',
          )
        },
      ),
    )
  })
})

describe('used tokens', () => {
  it('remember an id until its token has expired', () => {
    const used = createUsedTokens(true)
    expect(used.use('ci', 'a', 1000, 0)).toBe('first')
    expect(used.use('ci', 'a', 1000, 999)).toBe('seen')
    expect(used.use('other', 'a', 1000, 0)).toBe('first')
    expect(used.use('ci', 'a', 2000, 1000)).toBe('first')
  })
  it('are bounded: a full memory of one-use tokens accepts none, any other forgets the oldest', () => {
    const oneUse = createUsedTokens(true, 10)
    const ordinary = createUsedTokens(false, 10)
    for (let index = 0; index < 10; index++) {
      oneUse.use('ci', `${index}`, 1000, 0)
      ordinary.use('ci', `${index}`, 1000, 0)
    }
    expect(oneUse.use('ci', 'more', 1000, 0)).toBe('full')
    expect(oneUse.use('ci', '0', 1000, 0)).toBe('seen')
    expect(oneUse.use('ci', 'more', 2000, 1000)).toBe('first')
    expect(ordinary.use('ci', 'more', 1000, 0)).toBe('first')
    expect(ordinary.use('ci', '0', 1000, 0)).toBe('first')
    expect(ordinary.use('ci', '9', 1000, 0)).toBe('seen')
  })
})

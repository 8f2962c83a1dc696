import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { describeStatement as describeIn, type StatementDescription } from './describe-statement.ts'
import { createFactsCache as createCache, type FactsCacheOptions } from './facts-cache.ts'
import { loadParser } from './parser.ts'
import { testEnvironment, testModel } from './testing/test-model.ts'

beforeAll(loadParser)

const environment = testEnvironment(
  testModel({ 'public.t': 'a:US_SSN b c id n', 'public.t1': 'a', 'public.t2': 'b:EMAIL b1' }),
)
const describeStatement = (sql: string): StatementDescription => describeIn(sql, environment)

type Cache = {
  describe(text: string): StatementDescription
  describeBytes(bytes: Uint8Array, start: number, end: number): StatementDescription
  readonly entries: number
  readonly bytes: number
}

const createFactsCache = (options: FactsCacheOptions): Cache => {
  const cache = createCache(options)
  return {
    describe: (text) => cache.describe(text, environment),
    describeBytes: (bytes, start, end) => cache.describeBytes(bytes, start, end, environment),
    get entries() {
      return cache.entries
    },
    get bytes() {
      return cache.bytes
    },
  }
}
const make = (): Cache => createFactsCache({ entriesMax: 1000, bytesMax: 16 * 2 ** 20 })
const withoutId = (description: StatementDescription): unknown => ({ ...description, id: 0 })

/** # stands for an integer. */
const shapes = [
  'SELECT abalance FROM pgbench_accounts WHERE aid = #;',
  'select # , -#, a - # from t where b in (#, #,#) order by # limit # offset #',
  'select a from t group by #, # having count(*) > #',
  'update t set a = a + # where id = # returning *',
  'insert into t values (#, #), (#, #)',
  'fetch # from c',
  'set statement_timeout = #',
  'copy t to stdout (header #)',
  'explain (analyze #) delete from t where a = #',
  'select cast(a as numeric(#, #)), cast(b as varchar(#)), cast(c as float(#)) from t',
  'select nextval(#), pg_advisory_lock(#), f(#), lo_open(#, #)',
  'select a, b from t group by #, # order by #',
  'select distinct on (#) b, a from t order by #',
  'select a from t union select b from t order by #',
  'select t1.a, #, t2.b# from t1, t2 where a#=#',
  'select #.5, .#, #., #e#, #_#, a.#',
  'select # #',
  'begin; select #; drop table t',
  'with a as (select # as n) select n from a where n > #',
  'select a from t tablesample system(#) repeatable (#)',
  'lock t#; vacuum (parallel #) t',
  'alter sequence s restart #',
  'prepare p as select #; execute p(#)',
]

describe('texts that differ in integers', () => {
  it('have the facts that each has by itself, in whatever order they come', () => {
    const integer = fc.oneof(
      fc.nat(9),
      fc.nat(),
      fc.constantFrom(
        '0',
        '00',
        '007',
        '24',
        '25',
        '53',
        '54',
        '999999999',
        '2147483648',
        '99999999999999999999',
      ),
    )
    const integers = fc.array(integer, { minLength: 9, maxLength: 9 })
    const fill = (shape: string, values: readonly (string | number)[]): string => {
      let next = 0
      return shape.replaceAll('#', () => String(values[next++ % values.length]))
    }
    let shared = 0
    fc.assert(
      fc.property(fc.constantFrom(...shapes), integers, integers, (shape, before, values) => {
        const cache = make()
        const neighbour = cache.describe(fill(shape, before))
        const text = fill(shape, values)
        const cached = cache.describe(text)
        const fresh = describeStatement(text)
        if (cached === neighbour) shared++
        // A text that PostgreSQL refuses may share the description of one that it takes.
        if (fresh.parseError !== undefined && cached.parseError === undefined) return
        expect(withoutId(cached)).toEqual(withoutId(fresh))
      }),
      { numRuns: 1500 },
    )
    expect(shared).toBeGreaterThan(200)
  })

  it('share one description, which bytes find too', () => {
    const cache = make()
    const first = cache.describe('select a from t where id = 1')
    expect(cache.describe('select a from t where id = 234567')).toBe(first)
    const bytes = new TextEncoder().encode('xx select a from t where id = 5 xx')
    expect(cache.describeBytes(bytes, 3, bytes.length - 3)).toBe(first)
    expect(cache.entries).toBe(1)
  })

  it('do not share one where something else differs', () => {
    const cache = make()
    const base = cache.describe('select a from t where id = 1')
    for (const text of [
      'select a from t1 where id = 1',
      'select a from t where id = 1.5',
      'select a from t where id = 1 ',
      'select a from t where id = a1',
      'select a from t where id = #',
      'select a from t where id = \0',
      "select a from t where id = '1'",
      'select a from t where id = 1 -- 2',
      'select a from t where id = 1 /* 2 */',
      'select a from t where id = $1',
      'select a from t where id = é',
    ]) {
      expect(cache.describe(text), text).not.toBe(base)
      expect(cache.describe(text).facts, text).toEqual(describeStatement(text).facts)
    }
  })

  it('do not suffer from one of them that does not parse', () => {
    const cache = make()
    expect(cache.describe('select cast(a as float(99)) from t').facts.complete).toBe(false)
    expect(cache.describe('select cast(a as float(24)) from t').facts.complete).toBe(true)
  })

  it('do not share one where the number matters', () => {
    const cache = make()
    expect(cache.describe('set extra_float_digits = 3').settings[0]?.value).toBe('3')
    expect(cache.describe('set extra_float_digits = 0').settings[0]?.value).toBe('0')
    expect(cache.describe('copy t to stdout (header 1)').copy?.header).toBe(true)
    expect(cache.describe('copy t to stdout (header 0)').copy?.header).toBe(false)
  })
})

describe('the cache', () => {
  it('gives any text the facts that it has by itself, as string or bytes', () => {
    const cache = make()
    const word = fc.constantFrom(
      'select',
      'from',
      't',
      ' ',
      ' ',
      '1',
      '2',
      '--',
      '/*',
      '*/',
      '-',
      '/',
      '*',
      '\n',
      "'",
      '"',
      '$',
      'é',
      '(',
      ')',
      ',',
      '.',
      ';',
      'a',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 14 }), (words) => {
        const text = words.join('')
        const facts = describeStatement(text).facts
        const cached = cache.describe(text)
        if (cached.parseError !== undefined || facts.complete) expect(cached.facts).toEqual(facts)
        const bytes = new TextEncoder().encode(text)
        expect(cache.describeBytes(bytes, 0, bytes.length).facts).toEqual(cached.facts)
      }),
      { numRuns: 1500 },
    )
  })

  it('takes bytes that are no UTF-8 for a text that cannot be read', () => {
    const bytes = Uint8Array.of(0x73, 0x83, 0x5c, 0x27)
    expect(make().describeBytes(bytes, 0, bytes.length).facts.kinds).toEqual(['unknown'])
  })

  it('keeps within its bounds and forgets what is not used first', () => {
    const cache = createFactsCache({ entriesMax: 20, bytesMax: 2 ** 20 })
    const used = cache.describe('select used from t where a = $1')
    for (let index = 0; index < 100; index++) {
      cache.describe(`select c${index} from t where a = $1`)
      cache.describe(`select c${index} from t where a = 1`)
      expect(cache.describe('select used from t where a = $1')).toBe(used)
      expect(cache.entries).toBeLessThanOrEqual(20)
    }
    const small = createFactsCache({ entriesMax: 1000, bytesMax: 100_000 })
    for (let index = 0; index < 200; index++) small.describe(`select c${index} from t where a = $1`)
    expect(small.bytes).toBeLessThanOrEqual(100_000)
  })
})

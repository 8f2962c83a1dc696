/**
 * The test-suites of psycopg2, pgx, lib/pq and pgJDBC, once against the server and once through the proxy where everything is allowed
 * and nothing is masked: the same tests pass. What differs by a decision of ours stands in suites/differences.ts.
 */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createPlatform, type Platform } from './harness/platform.ts'
import { reasonOf } from './suites/differences.ts'
import { suites, type Outcomes, type Place, type Suite } from './suites/run-suites.ts'

const password = 'of-the-suites-5c1d9e'
const attemptsMax = 2
let platform: Platform

beforeAll(async () => {
  await mkdir(fileURLToPath(new URL('../../.cache/suites/', import.meta.url)), { recursive: true })
  const accounts = [...new Set(suites.map(({ account }) => account))]
  platform = await createPlatform({
    connections: Object.fromEntries(
      accounts.map((name) => [name, { database: name, user: name, password }]),
    ),
    prepare: async (target) => {
      for (const name of accounts) {
        await target.direct(
          `create role ${name} superuser login password '${password}'`,
          'postgres',
        )
        await target.direct(`create database ${name} owner ${name}`, 'postgres')
      }
    },
  })
  await platform.start()
})
afterAll(() => platform?.close())

async function runFresh(
  suite: Suite,
  through: boolean,
  only?: readonly string[],
): Promise<Outcomes> {
  const { account } = suite
  await platform.target.direct(`drop database ${account} with (force)`, 'postgres')
  await platform.target.direct(`create database ${account} owner ${account}`, 'postgres')
  await platform.target.direct(suite.prepare, account)
  // The roles that a suite makes stay for its second run: it drops them itself, or finds them as it left them.
  const token = () => platform.issuer.token(account, ['owners'], { run_id: 'suites', exp: Math.floor(Date.now() / 1000) + 7_200 }) // prettier-ignore
  const place: Place = {
    ...{ user: account, database: account },
    port: through ? platform.ports.postgres : platform.target.port,
    password: through ? await token() : password,
  }
  return suite.run(place, only)
}

const differing = (direct: Outcomes, through: Outcomes) =>
  [...direct].filter(([name, outcome]) => through.get(name) !== outcome).map(([name]) => name)

test.each(suites.map((suite) => ({ suite, name: suite.name })))(
  'the tests of $name pass through the proxy as they do without it',
  async ({ suite }) => {
    onTestFailed(async () => console.log(await platform.logs()))
    await suite.fetch()
    const direct = await runFresh(suite, false)
    const through = await runFresh(suite, true)
    // Some go by the clock, and not every run without the proxy is like the one before either: those that differ run once more.
    for (let attempt = 1; attempt < attemptsMax; attempt++) {
      const names = differing(direct, through)
      if (names.length === 0) break
      for (const [name, outcome] of await runFresh(suite, true, names)) {
        if (names.includes(name)) through.set(name, outcome)
      }
    }
    const names = differing(direct, through)
    const unexplained = names.filter((name) => reasonOf(suite.name, name) === undefined)
    const passed = [...direct.values()].filter((outcome) => outcome === 'pass').length
    console.log(`${suite.name}: ${direct.size} tests run, ${passed} passed direct, ${direct.size - names.length} same, ${names.length} different`) // prettier-ignore
    for (const name of names) {
      console.log(`  ${name}: ${direct.get(name)} → ${through.get(name) ?? 'not run'}: ${reasonOf(suite.name, name) ?? 'UNEXPLAINED'}`) // prettier-ignore
    }
    expect(passed).toBeGreaterThan(500)
    expect(unexplained).toEqual([])
  },
  3_600_000,
)

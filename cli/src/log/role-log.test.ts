import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logFile, openRoleLog } from './role-log.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatetrail-log-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('the log of a role', () => {
  it('never holds what is called like a secret, three levels deep and in errors', async () => {
    const log = openRoleLog(directory, 'proxy', 'proxy-1')
    const secret = 'Ke7-canary'
    const error = Object.assign(new Error('refused'), {
      password: secret,
      config: { sasl: { user: 'shipper', password: secret } },
      headers: { authorization: `Bearer ${secret}` },
    })
    log.error({ err: error, token: secret, settings: { store: { password: secret } } }, 'failed')
    log.info(
      { kafka: { sasl: { password: secret } }, cookie: secret, user: 'shipper' },
      'connected',
    )
    const lines = (await readFile(logFile(directory, 'proxy-1'), 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines.join('\n')).not.toContain(secret)
    expect(lines[0]).toContain('refused')
    expect(lines[1]).toContain('shipper')
  })
})

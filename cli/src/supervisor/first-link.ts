/** The one-time link that `gatetrail up` prints where nobody can sign in otherwise. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ApiError, createClient, platformApi } from '@gatetrail/replay-api'
import { dataFiles, type Configuration } from '@gatetrail/schemas'
import type { PlatformCommand } from './plan.ts'

const answerTimeoutMs = 5_000

/** Undefined where there is an issuer to sign in with, no web app here, or no answer: `gatetrail link` makes another. */
export async function firstLink(
  command: PlatformCommand,
  { web, listen, dataDir }: Configuration,
): Promise<string | undefined> {
  if (command !== 'up' || web.login !== undefined) return undefined
  const token = (await readFile(join(dataDir, dataFiles.localToken), 'utf8')).trim()
  const base = `http://${listen.replay.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, '127.0.0.1')}`
  const api = createClient({ base, token, timeoutMs: answerTimeoutMs, unreachableHint: '' })
  try {
    return (await api.ask(platformApi.makeLink, {})).url
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

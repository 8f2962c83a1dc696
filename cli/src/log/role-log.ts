/** The log of one process: pino's JSON lines in `dataDir/log/<role>.log`, of a worker `<role>-<number>.log`. People get their lines from the supervisor. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { dataFiles } from '@gatetrail/schemas'
import { pino, type Logger } from 'pino'
import { openRotatingFile } from './rotating-file.ts'

/**
 * A second belt: nobody logs a secret, and what is called like one is not written either, wherever in an object it stands,
 * the properties of an error included (`err`).
 */
const secretNames = [
  'password',
  'secret',
  'clientSecret',
  'token',
  'accessToken',
  'authorization',
  'cookie',
  'privateKey',
  'keyPem',
  'sasl',
]
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])

export function openRoleLog(dataDirectory: string, role: string, label: string): Logger {
  return pino(
    {
      base: { role, process: label, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secretPaths, censor: '***' },
    },
    openRotatingFile(logFile(dataDirectory, label)),
  )
}

/** Where a role logs. Makes the directory. */
export function logFile(dataDirectory: string, name: string): string {
  const directory = join(dataDirectory, dataFiles.log)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return join(directory, `${name}.log`)
}

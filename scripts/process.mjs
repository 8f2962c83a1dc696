/** Runs child processes for the scripts of this folder: only Node's own modules, as it also runs before `npm ci`. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command with this process's own output. Ends this process with the command's exit code if it fails. */
export async function run(command, args, options = {}) {
  const code = await exitCode(command, args, options)
  if (code !== 0) {
    console.error(`failed (exit code ${code}): ${[command, ...args].join(' ')}`)
    process.exit(code)
  }
}

/** Runs a command and returns its exit code; a signal counts as 1. What ends us ends it too. */
export function exitCode(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    const forward = (signal) => child.kill(signal)
    process.on('SIGINT', forward)
    process.on('SIGTERM', forward)
    child.once('error', reject)
    child.once('exit', (code) => {
      process.off('SIGINT', forward)
      process.off('SIGTERM', forward)
      resolve(code ?? 1)
    })
  })
}

/** Runs a command and returns its exit code and everything that it said, for commands whose output matters only if they fail. */
export async function capture(command, args, options = {}) {
  const parts = []
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    child.stdout.on('data', (part) => parts.push(part))
    child.stderr.on('data', (part) => parts.push(part))
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code: code ?? 1, output: Buffer.concat(parts).toString('utf8') })
    })
  })
}

/** npm of this Node, also where it is not on the PATH. */
export function npmCommand(args) {
  const npm = process.env.npm_execpath
  return npm !== undefined && npm.endsWith('.js') ? ['node', [npm, ...args]] : ['npm', args]
}

export function seconds(startedAtMs) {
  return `${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`
}

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

/** Runs a command and returns its exit code; a signal counts as 1. */
export function exitCode(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

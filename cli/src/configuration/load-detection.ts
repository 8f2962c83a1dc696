/**
 * Detectors of the configuration: files of words are read here, so that everything behind has words, and what can't be used is
 * said with its place before anything starts. From load.ts.
 */
import { open } from 'node:fs/promises'
import type { Configuration } from '@gatetrail/schemas'

type Detection = Configuration['detection']

/** `path`: in the configuration. */
export type DetectionProblem = { path: (string | number)[]; message: string }

const wordsFileBytesMax = 8 * 1024 * 1024

/** Never throws because of what is configured. */
export async function loadDetection(
  detection: Detection,
): Promise<{ detection: Detection; problems: DetectionProblem[] }> {
  if (detection.custom.length === 0) return { detection, problems: [] }
  const problems: DetectionProblem[] = []
  const custom: Detection['custom'] = []
  for (const [index, rule] of detection.custom.entries()) {
    const { wordsFile, ...rest } = rule
    if (wordsFile === undefined) {
      custom.push(rule)
      continue
    }
    const words = await readWords(wordsFile)
    if (typeof words !== 'string') custom.push({ ...rest, words })
    else problems.push({ path: ['detection', 'custom', index, 'wordsFile'], message: words })
  }
  if (problems.length === 0) problems.push(...(await problemsOf(custom, detection.custom)))
  return { detection: { ...detection, custom }, problems }
}

/** A word per line, without blanks around it; or what is wrong. */
async function readWords(path: string): Promise<string[] | string> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      if (size > wordsFileBytesMax) return `${path} is larger than 8 MiB`
      const text = await file.readFile('utf8')
      return text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return `${path} cannot be read (${code})`
  }
}

async function problemsOf(
  custom: Detection['custom'],
  written: Detection['custom'],
): Promise<DetectionProblem[]> {
  // Loaded here: few configurations have such detectors, and every command reads the configuration.
  const { createRuleset, CustomRuleError } = await import('@gatetrail/detect')
  try {
    createRuleset({ off: [], custom })
    return []
  } catch (error) {
    if (!(error instanceof CustomRuleError)) throw error
    const { index, message } = error
    const isFile = error.field === 'words' && written[index]?.wordsFile !== undefined
    const field = isFile ? 'wordsFile' : error.field
    return [{ path: ['detection', 'custom', index, field], message }]
  }
}

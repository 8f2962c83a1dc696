/**
 * Reads gatetrail.yaml: text → YAML with positions → the schema of @gatetrail/schemas → absolute paths. The only place that
 * reads the file; everything else gets the parsed value. Secrets stay named: see resolve-secret.ts for when they are read.
 */
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import {
  configurationSchema,
  GatetrailError,
  type Configuration,
  type KafkaConfiguration,
} from '@gatetrail/schemas'
import { LineCounter, parseDocument } from 'yaml'
import { loadDetection, type DetectionProblem } from './load-detection.ts'
import { describeIssues, problemsMax, type Problem } from './problems.ts'

export type LoadedConfiguration = {
  configuration: Configuration
  /** Absolute. */
  file: string
}

/**
 * Loads and validates a configuration file. Relative paths in it start at the file's folder.
 * @throws CONFIG_NOT_FOUND, CONFIG_INVALID (every problem with `file:line:column`)
 */
export async function loadConfiguration(
  path: string,
  workingDirectory: string,
): Promise<LoadedConfiguration> {
  const file = resolve(workingDirectory, path)
  const shown = shownPath(file, workingDirectory)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new GatetrailError(
      'CONFIG_NOT_FOUND',
      code === 'ENOENT' ? `there is no file ${shown}` : `${shown} cannot be read (${code})`,
      { hint: 'give the configuration with --config FILE', cause },
    )
  }
  const configuration = parseConfiguration(text, shown, dirname(file))
  const { detection, problems } = await loadDetection(configuration.detection)
  if (problems.length > 0) throw invalid(shown, describeProblems(problems, text))
  return { configuration: { ...configuration, detection }, file }
}

function describeProblems(problems: readonly DetectionProblem[], text: string): Problem[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const issues = problems.map((problem) => ({
    code: 'custom' as const,
    ...problem,
    input: undefined,
  }))
  return describeIssues(issues, document, lines, configurationSchema)
}

/** The pure part of `loadConfiguration`. `shown` is what messages call the file. @throws CONFIG_INVALID */
export function parseConfiguration(text: string, shown: string, directory: string): Configuration {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    throw invalid(
      shown,
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0])
        return { line, column: col, message: error.message }
      }),
    )
  }
  const parsed = configurationSchema.safeParse(document.toJS() ?? {})
  if (!parsed.success) {
    throw invalid(shown, describeIssues(parsed.error.issues, document, lines, configurationSchema))
  }
  return withAbsolutePaths(parsed.data, directory)
}

function invalid(shown: string, problems: readonly Problem[]): GatetrailError {
  const said = problems
    .slice(0, problemsMax)
    .map(({ line, column, message }) => `${shown}:${line}:${column}: ${message}`)
  if (problems.length > problemsMax) said.push(`and ${problems.length - problemsMax} more`)
  return new GatetrailError('CONFIG_INVALID', said.join('\n'), {
    hint: 'every setting is described in docs/configuration.md',
  })
}

type Credential = Configuration['connections'][number]['credential']

function withAbsolutePaths(configuration: Configuration, directory: string): Configuration {
  const absolute = (path: string) => resolve(directory, path)
  const absoluteFile = <S extends { file?: string } | object>(secret: S): S =>
    'file' in secret && typeof secret.file === 'string'
      ? { ...secret, file: absolute(secret.file) }
      : secret
  const absoluteCredential = ({
    password,
    certFile,
    keyFile,
    readOnly,
    ...credential
  }: Credential): Credential => ({
    ...credential,
    ...(password && { password: absoluteFile(password) }),
    ...(certFile !== undefined && { certFile: absolute(certFile) }),
    ...(keyFile !== undefined && { keyFile: absolute(keyFile) }),
    ...(readOnly && {
      readOnly: {
        ...readOnly,
        ...(readOnly.password && { password: absoluteFile(readOnly.password) }),
      },
    }),
  })
  const { tls, web, log, store, storeEndpoint } = configuration
  const login = web.login
  return {
    ...configuration,
    dataDir: absolute(configuration.dataDir),
    ...(tls && { tls: { certFile: absolute(tls.certFile), keyFile: absolute(tls.keyFile) } }),
    ...(log && { log: { kafka: absoluteKafka(log.kafka, absolute, absoluteFile) } }),
    ...(store && {
      store: {
        ...store,
        ...(store.password && { password: absoluteFile(store.password) }),
        ...(store.reader && {
          reader: {
            ...store.reader,
            ...(store.reader.password && { password: absoluteFile(store.reader.password) }),
          },
        }),
        ...(store.caFile !== undefined && { caFile: absolute(store.caFile) }),
      },
    }),
    ...(storeEndpoint && {
      storeEndpoint: { ...storeEndpoint, password: absoluteFile(storeEndpoint.password) },
    }),
    identity: {
      ...configuration.identity,
      issuers: configuration.identity.issuers.map((issuer) => ({
        ...issuer,
        ...(issuer.jwksFile !== undefined && { jwksFile: absolute(issuer.jwksFile) }),
      })),
    },
    web: {
      ...web,
      ...(login && {
        login: {
          ...login,
          ...(login.clientSecret && { clientSecret: absoluteFile(login.clientSecret) }),
        },
      }),
    },
    connections: configuration.connections.map((connection) => ({
      ...connection,
      ...(connection.tlsCaFile !== undefined && { tlsCaFile: absolute(connection.tlsCaFile) }),
      credential: absoluteCredential(connection.credential),
    })),
    detection: {
      ...configuration.detection,
      custom: configuration.detection.custom.map((rule) => ({
        ...rule,
        ...(rule.wordsFile !== undefined && { wordsFile: absolute(rule.wordsFile) }),
      })),
    },
    policies: configuration.policies.map(absolute),
  }
}

function absoluteKafka(
  kafka: KafkaConfiguration,
  absolute: (path: string) => string,
  absoluteFile: <S extends { file?: string } | object>(secret: S) => S,
): KafkaConfiguration {
  const { tls, sasl } = kafka
  return {
    ...kafka,
    ...(tls && {
      tls: Object.fromEntries(
        Object.entries(tls).map(([name, file]) => [
          name,
          file === undefined ? file : absolute(file),
        ]),
      ),
    }),
    ...(sasl && { sasl: { ...sasl, password: absoluteFile(sasl.password) } }),
  }
}

/** Relative where that is shorter to read. */
function shownPath(file: string, workingDirectory: string): string {
  const short = relative(workingDirectory, file)
  return short.startsWith('..') ? file : short
}

/** Which protocols show a terminal, and not statements. */
const terminalProtocols: ReadonlySet<string> = new Set(['ssh'])

export function isTerminalProtocol(protocol: string): boolean {
  return terminalProtocols.has(protocol)
}

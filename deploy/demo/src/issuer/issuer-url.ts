/** The name of the demo issuer: the `iss` of its tokens and the base of its discovery document. */
export function issuerUrl(port: number): string {
  return `http://127.0.0.1:${port}`
}

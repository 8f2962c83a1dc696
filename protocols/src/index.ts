/** @gatetrail/protocols: bytes ↔ frames, messages and values, one folder per protocol. No I/O; Node and browser. */
export * from './postgres/frame-assembler.ts'
export * from './postgres/session-reader.ts'
export * from './postgres/session-transcript.ts'
export * from './postgres/values.ts'
export * from './postgres/visible-text.ts'

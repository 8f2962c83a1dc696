/**
 * What can be asked of the API, one object per operation: where, who may, what is given and what comes back. The server makes its
 * routes of them, the client its requests, and docs/openapi.json is generated from the routes: all three say the same.
 */
import type { z } from 'zod'
import type { Access } from './access.ts'

export type Operation = {
  method: 'GET' | 'POST' | 'DELETE'
  /** With `:name` for each of `params`. */
  path: `/api/${string}`
  access: Access
  summary: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** Of one answer; of a stream: of each line. */
  answer: z.ZodType
  /** Of success. Default 200. */
  status?: 201
  /** `lines`: one JSON object per line while it goes on; `file`: bytes to be saved; `socket`: messages of a WebSocket. */
  stream?: 'lines' | 'file' | 'socket'
}

/** As it is written, with its exact types. */
export function operation<const Op extends Operation>(op: Op): Op {
  return op
}

type Given<Op, Part extends string> = Op extends { [name in Part]: infer Shape extends z.ZodType }
  ? { [name in Part]: z.input<Shape> }
  : unknown

/** What a caller gives: the parts that the operation has. */
export type Asked<Op extends Operation> = Given<Op, 'params'> &
  Given<Op, 'query'> &
  Given<Op, 'body'>
export type AnswerOf<Op extends Operation> = z.output<Op['answer']>

/** What a client is told when a statement is refused, and the messages that are sent to fail in its place. Pure. */
import { parseMessage, queryMessage, type ErrorResponseFields } from '@gatetrail/protocols'
import type { ErrorCode, GatetrailError } from '@gatetrail/schemas'
import type { Decision } from './context.ts'

const insufficientPrivilege = '42501'
const notSupported = '0A000'
const limitExceeded = '54000'

/** No grammar of PostgreSQL takes this: the target answers with a syntax error, where and as it answers errors. */
const poisonText = 'gatetrail refused this statement'
const poisonName = 'gatetrail_refused'

export const poisonQuery = Buffer.from(queryMessage(poisonText))

/** Nothing is created by it, under any name. */
export const poisonParse = Buffer.from(parseMessage(poisonName, poisonText))

export type Refusal = {
  code: ErrorCode
  fields: ErrorResponseFields
  approvalGroups?: readonly string[]
}

export function deniedByPolicy(decision: Decision, policySet: string): Refusal {
  const { policies, reason, approvalGroups } = decision
  const detail =
    policies.length === 0
      ? `no policy allows it (policy set ${policySet.slice(0, 12)})`
      : `policies: ${policies.join(', ')} (policy set ${policySet.slice(0, 12)})`
  if (decision.verdict === 'hold') {
    const groups = approvalGroups ?? []
    return {
      code: 'STATEMENT_DENIED',
      approvalGroups: groups,
      fields: {
        severity: 'ERROR',
        sqlstate: insufficientPrivilege,
        message: `this statement needs the approval of ${groups.join(' and ')}${reason === undefined ? '' : `: ${reason}`}`,
        detail,
        hint: 'Approvals are not available in this release: ask a member of the group to run it.',
      },
    }
  }
  return {
    code: 'STATEMENT_DENIED',
    fields: {
      severity: 'ERROR',
      sqlstate: insufficientPrivilege,
      message: `policy does not allow this statement: ${reason ?? 'no policy allows it'}`,
      detail,
      hint: 'Ask those who keep the policies of this connection.',
    },
  }
}

export function uninspectable(why: string, hint: string): Refusal {
  return {
    code: 'UNINSPECTABLE_REFUSED',
    fields: { severity: 'ERROR', sqlstate: notSupported, message: why, hint },
  }
}

/** 25006: read_only_sql_transaction. */
export const notReadOnly: Refusal = {
  code: 'STATEMENT_DENIED',
  fields: {
    severity: 'ERROR',
    sqlstate: '25006',
    message: 'this session is read-only: it cannot be made writable',
    detail: 'policy does not let this principal write',
    hint: 'Leave out READ WRITE, and settings and code that could change it.',
  },
}

/** A column that the client may not see, in strict mode. */
export function unseen(place: string): Refusal {
  return {
    code: 'STATEMENT_DENIED',
    fields: {
      severity: 'ERROR',
      sqlstate: insufficientPrivilege,
      message: `the column ${place} is masked: it may not decide which rows there are, nor their order`,
      detail: 'masking is strict on this connection',
      hint: 'Leave it out of conditions, joins, grouping and ordering.',
    },
  }
}

export function tooLarge(what: string, bytes: number, bytesMax: number): Refusal {
  return {
    code: 'STATEMENT_TOO_LARGE',
    fields: {
      severity: 'ERROR',
      sqlstate: limitExceeded,
      message: `${what} of ${bytes} bytes is larger than the limit of ${bytesMax}`,
      hint: 'Send large values as parameters or with COPY.',
    },
  }
}

export function tooMany(what: string, countMax: number): Refusal {
  return {
    code: 'STATEMENT_DENIED',
    fields: {
      severity: 'ERROR',
      sqlstate: limitExceeded,
      message: `a session may have at most ${countMax} ${what}`,
      hint: 'Close those that are not used any more.',
    },
  }
}

/** How the end of a session is said to its client: as the front door says it, the detail is the stable code. */
export function farewell(
  sqlstate: string,
  { code, message, hint }: GatetrailError,
): ErrorResponseFields {
  return {
    severity: 'FATAL',
    sqlstate,
    message,
    detail: code,
    ...(hint === undefined ? {} : { hint }),
  }
}

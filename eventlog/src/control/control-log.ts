/**
 * The control log as the rest of the product sees it: a reader in every process that must obey it, a publisher in replay
 * instances. The same signed objects by files (one machine) and by Kafka (many). Opened by open-control-log.ts.
 */
import type { ControlBody, ControlObject, ControlRefusal } from '@gatetrail/schemas'

export type ControlStatus = {
  /** In force. */
  objects: number
  /** Since a read of the log last succeeded. */
  contactAgeMs: number
  /** Objects that were not applied, by reason. */
  refused: Readonly<Partial<Record<ControlRefusal, number>>>
  /** Why it can't be read now. */
  lastError: string | undefined
}

export interface ControlLog {
  /** The object of this id, if it is in force. */
  get(id: string): ControlObject | undefined
  /** All that are in force. */
  objects(): Iterable<ControlObject>
  /** Called for each object that comes into force from now on, in the order of the log. Returns what ends it. */
  onChange(listener: (object: ControlObject) => void): () => void
  /**
   * How long ago a read of the log last succeeded, also one that found nothing new: by the monotonic clock, so that neither
   * a step of the wall clock nor a process that was stopped can lengthen it.
   */
  contactAgeMs(): number
  status(): ControlStatus
  close(): Promise<void>
}

export type ControlDraft = { id: string; notAfterMs: number; body: ControlBody }

/** Signed and checked, and not yet published. */
export type PreparedObject = { readonly object: ControlObject; readonly envelope: Uint8Array }

export interface ControlPublisher {
  /** The Ed25519 key that proxies must trust (`control.trustedKeys`): base64url of the raw 32 bytes. */
  readonly publicKey: string
  /**
   * Signs the next version of this id.
   * @throws GatetrailError CONTROL_OBJECT_REFUSED if nobody would apply it
   */
  prepare(draft: ControlDraft): PreparedObject
  /**
   * Resolves when it is durable: proxies apply it as soon as they read it. After an error it may or may not be there.
   * @throws GatetrailError CONTROL_OBJECT_REFUSED if something newer came between; KAFKA_UNAVAILABLE, DIRECTORY_NOT_WRITABLE
   */
  publish(prepared: PreparedObject): Promise<void>
}

/** What carries objects, once it is open. */
export type ControlTransport = {
  /** Resolves when the object is durable. */
  write(object: ControlObject, envelope: Uint8Array): Promise<void>
  /** Takes away what everybody may forget. */
  remove(object: ControlObject): Promise<void>
  close(): Promise<void>
}

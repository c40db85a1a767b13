/** What every entry offers, whichever way it gets the WebAssembly module. */

export {
  addEventToScheduler,
  getSchedulerStatus,
  handleEventApproval,
  handleEventDecline,
  removeEventFromScheduler,
  setMaxDowntimeHours,
  startScheduler,
  stopScheduler,
  updateEventInScheduler,
} from "./default-scheduler.js";
export {
  type ApiMisuseCode,
  ApiMisuseError,
  InternalError,
  InvalidInputError,
  LimitExceededError,
  type Problem,
  type ProblemCode,
  SchedulerError,
  SnapshotError,
  StoreError,
  type StoreErrorReason,
  SyncError,
  type SyncErrorCode,
  WasmLoadError,
  type WasmLoadErrorCode,
} from "./errors/errors.js";
export type { LoadSource } from "./load/load-source.js";
export type { ConsoleApi } from "./page/console.js";
export { type Clock, systemClock } from "./ports/clock.js";
export { encryptedStorage } from "./ports/encrypted-storage.js";
export { type HttpTransportOptions, httpTransport } from "./ports/http-transport.js";
export { indexedDbStorage } from "./ports/indexed-db.js";
export { consoleLogger, type Logger, silentLogger } from "./ports/logger.js";
export type {
  LeaseRecord,
  OpenStorage,
  SchedulerStorage,
  StorageBatch,
  StoredCursor,
  StoredScheduler,
} from "./ports/storage.js";
export type { TabChannel } from "./ports/tab-channel.js";
export type { TabLocks } from "./ports/tab-locks.js";
export type {
  ChangesPage,
  ClockReading,
  FeedChange,
  RequestOptions,
  ServerNews,
  ServerTimeSample,
  StreamMessage,
  Transport,
  UpToDate,
} from "./ports/transport.js";
export type { WakeSource } from "./ports/wake-source.js";
export { ClientEventScheduler, createScheduler } from "./scheduler.js";
export type { SyncHealth } from "./sync/sync-health.js";
export type { LeaseRole } from "./tabs/lease.js";
export type { LeaseHealth, StorageHealth } from "./tabs/tab-health.js";
export type { TabPorts } from "./tabs/tab-ports.js";
export type { TickHealth } from "./tabs/tick-meter.js";
export type {
  BackfillRange,
  Conflict,
  Conflicts,
  DeadLetter,
  Decision,
  Fate,
  MissedCounts,
  MissedPolicy,
  RetryOptions,
  SchedulerPause,
  SimulatedTrigger,
  Simulation,
  SimulationOptions,
  TriggerHandler,
} from "./types/deliveries.js";
export type {
  DateInput,
  EventFields,
  EventInput,
  EventSnapshot,
  EventStatus,
  EventStatusName,
  EventSubStatusName,
} from "./types/events.js";
export type { ExplainedEvent, ExplainedTrigger, Explanation, TriggerState } from "./types/explanation.js";
export type {
  RecurrenceDefinition,
  RecurrenceFrequency,
  RecurrencePreview,
  RecurrencePreviewOptions,
} from "./types/recurrence.js";
export type {
  HealthIssue,
  LoadReport,
  MutationOutcome,
  MutationResult,
  QuarantinedEvent,
  SchedulerHealth,
  SchedulerOptions,
  SchedulerStatus,
  Unsubscribe,
} from "./types/scheduler-types.js";
export type { PlannedPoll, PollingOptions, SyncPreview } from "./types/sync-preview.js";
export type { Cause, EventStatusChange, QueuedTrigger, TriggerDelivery, TriggerKind } from "./types/triggers.js";
export { VERSION } from "./version.js";

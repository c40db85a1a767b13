/** What ends forgotten calls: the scheduler learns of changes from the requests and mutations that make them. */

export { type AxiosLike, type AxiosResponseLike, installAxiosInterceptor } from "./axios.js";
export type { ChangedEvent, SchedulerChange, SchedulerChangeType } from "./change.js";
export type { FindEvents } from "./exchange.js";
export { type FetchOptions, installFetch, schedulerFetch } from "./fetch.js";
export {
  type MutationEventLike,
  type MutationLike,
  type MutationRule,
  type QueryClientLike,
  type QueryOptions,
  withScheduler,
} from "./query.js";
export type { RequestOptions } from "./requests.js";
export type { SchedulerRoute } from "./routes.js";
export type { IntegrationOptions } from "./sink.js";

/** Transports for back ends without a change feed. */
export type { Transport } from "../ports/transport.js";
export { type ListPageRequest, type ListTransportOptions, listTransport } from "./list-transport.js";

import { useFeedState } from "../scheduler/useFeedState";
import { useServerHealth } from "./serverHealth";

/** Whether the server answered when it was last asked: while it does not, nothing can be changed. */
export function useReachable(): boolean {
  const server = useServerHealth();
  const { problem } = useFeedState();
  return !server.isError && problem === undefined;
}

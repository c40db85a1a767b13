import { parseArgs } from "node:util";

/** What the command was asked for. */
export interface Wishes {
  readonly project: string;
  readonly url: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly json: boolean;
  readonly wait: boolean;
  readonly write: boolean;
  readonly create: string;
  readonly update: string;
  readonly remove: string;
  readonly timeZone: string | null;
  readonly timeoutMs: number;
}

export const HELP = `client-event-scheduler doctor [--project DIR] [--url BACKEND] [--json]

Looks for mistakes in how a project uses client-event-scheduler, runs an event's life with the installed package, and
checks a back end against the contract of the change feed. It changes nothing, unless --write says so.

  --project DIR        the project whose sources are read (default: this folder)
  --url BACKEND        the back end: its origin, or the address below which snapshot, changes and stream are
  --header "Name: v"   sent to the back end and never printed; may be given several times
  --time-zone ZONE     the back end's zone for local times of events that name none
  --timeout SECONDS    how long the back end may take for one answer (default 10)
  --wait               also wait for the stream's heartbeat, 12 s at most
  --write              also create, change and delete one test event, by these requests:
  --create "POST /api/v1/admin/events/create"
  --update "PUT /api/v1/admin/events/update/{event_id}"
  --delete "DELETE /api/v1/admin/events/delete/{event_id}"
  --json               print the report as JSON
  --help, --version

  // client-event-scheduler: ignore — reason        silences what is found on this line or the next
  // client-event-scheduler: ignore-file — reason   leaves a file out

Exit code: 0 nothing is wrong, 1 problems were found, 2 it could not run.
`;

/** A mistake in the command line. */
export class WrongUsage extends Error {}

/** Reads what follows `doctor` on the command line. */
export function readArguments(args: readonly string[]): Wishes {
  const { values } = parsed(args);
  const timeout = Number(values.timeout);
  if (!(timeout > 0 && timeout <= 600)) {
    throw new WrongUsage("--timeout is a number of seconds, up to 600");
  }
  if (values.write && values.url === undefined) {
    throw new WrongUsage("--write needs --url");
  }
  return {
    project: values.project,
    url: values.url === undefined ? null : feedAddress(values.url),
    headers: values.header.map(header),
    json: values.json,
    wait: values.wait,
    write: values.write,
    create: values.create,
    update: values.update,
    remove: values.delete,
    timeZone: values["time-zone"] ?? null,
    timeoutMs: timeout * 1000,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        project: { type: "string", default: "." },
        url: { type: "string" },
        header: { type: "string", multiple: true, default: [] as string[] },
        json: { type: "boolean", default: false },
        wait: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        create: { type: "string", default: "POST /api/v1/admin/events/create" },
        update: { type: "string", default: "PUT /api/v1/admin/events/update/{event_id}" },
        delete: { type: "string", default: "DELETE /api/v1/admin/events/delete/{event_id}" },
        "time-zone": { type: "string" },
        timeout: { type: "string", default: "10" },
      },
    });
  } catch (thrown) {
    throw new WrongUsage(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** An origin alone means the feed's usual place on it. */
function feedAddress(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new WrongUsage("--url is an address such as https://example.org or https://example.org/api/v1/scheduler");
  }
  if (!/^https?:$/.test(url.protocol)) {
    throw new WrongUsage("--url begins with http:// or https://");
  }
  const path = url.pathname === "/" ? "/api/v1/scheduler" : url.pathname.replace(/\/$/, "");
  return `${url.origin}${path}`;
}

function header(text: string): readonly [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    // The text itself may be a secret.
    throw new WrongUsage('--header is of the form "Name: value"');
  }
  return [name, value];
}

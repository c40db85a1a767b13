import tones from "../ui/tones.module.css";

const TONES: Readonly<Record<string, string | undefined>> = {
  ok: tones.green,
  failing: tones.red,
  resting: tones.amber,
};

/** The colours of a state of an account. */
export const stateTone = (state: string): string => TONES[state] ?? tones.gray ?? "";

const KINDS: Readonly<Record<string, string>> = {
  runsignup: "RunSignUp",
  icalendar: "Calendar",
  json: "JSON endpoint",
};

/** What people call a kind of provider. */
export function kindOf(provider: unknown): string {
  const kind = (provider as { readonly kind?: unknown } | null)?.kind;
  return typeof kind === "string" ? (KINDS[kind] ?? kind) : "unknown";
}

/** Whether a provider is asked who takes part. */
export function tellsParticipants(provider: unknown): boolean {
  const { kind, participants } = (provider ?? {}) as { readonly kind?: unknown; readonly participants?: unknown };
  return kind === "runsignup" || (kind === "json" && participants !== undefined && participants !== null);
}

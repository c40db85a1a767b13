import tones from "../ui/tones.module.css";

const TONES: Readonly<Record<string, string | undefined>> = {
  scheduled: tones.blue,
  pending: tones.amber,
  processing: tones.amber,
  completed: tones.green,
  failed: tones.red,
};

/** The colours of a state of an occurrence, of an event or of an attempt. */
export const stateTone = (state: string): string => TONES[state] ?? tones.gray ?? "";

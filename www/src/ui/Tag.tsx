import type { ReactNode } from "react";
import type { Tone } from "../scheduler/vocabulary";
import classes from "./Tag.module.css";
import tones from "./tones.module.css";

/** A word or two on a quiet ground; the tone only repeats what the words say. */
export function Tag({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return <span className={`${classes.tag} ${tones[tone]}`}>{children}</span>;
}

import type { Axis } from "./axis";
import classes from "./Timeline.module.css";

interface Props {
  readonly axis: Axis;
  readonly px: (at: number) => number;
  readonly width: number;
  readonly now: number;
}

const LABEL_GAP_PX = 12;
const LETTER_PX = 7;

/** Months over days, or whatever fits the scale, and the present. The bars tell their times themselves. */
export function TimelineAxis({ axis: { major, minor }, px, width, now }: Props) {
  const present = px(now);
  return (
    <div className={classes.axis} aria-hidden>
      {major.map(({ at, label }, position) => {
        // The unit in which the view begins stays readable until the next one needs its place.
        const next = major[position + 1];
        const room = (next ? px(next.at) : width) - LABEL_GAP_PX - label.length * LETTER_PX;
        const left = Math.min(Math.max(px(at), 0), Math.max(room, px(at)));
        if (position > 0 && px(at) > room) return null;
        return (
          <span key={at} className={classes.major} style={{ transform: `translateX(${left}px)` }}>
            {label}
          </span>
        );
      })}
      {minor.map(({ at, label }) => (
        <span key={at} className={classes.minor} style={{ transform: `translateX(${px(at)}px)` }}>
          {label}
        </span>
      ))}
      {present >= 0 && present <= width && (
        <span className={classes.present} style={{ transform: `translateX(${present}px)` }}>
          <span>Now</span>
        </span>
      )}
    </div>
  );
}

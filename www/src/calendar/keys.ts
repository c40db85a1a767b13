import { type CalendarDate, endOfWeek, startOfWeek } from "@internationalized/date";

interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The day to which a key leads from `day`; none for keys that are not the grid's. */
export function keyTarget({ key, shiftKey, ctrlKey, metaKey, altKey }: Key, day: CalendarDate, locale: string) {
  if (ctrlKey || metaKey || altKey) return undefined;
  switch (key) {
    case "ArrowLeft":
      return day.subtract({ days: 1 });
    case "ArrowRight":
      return day.add({ days: 1 });
    case "ArrowUp":
      return day.subtract({ weeks: 1 });
    case "ArrowDown":
      return day.add({ weeks: 1 });
    case "Home":
      return startOfWeek(day, locale);
    case "End":
      return endOfWeek(day, locale);
    case "PageUp":
      return day.subtract(shiftKey ? { years: 1 } : { months: 1 });
    case "PageDown":
      return day.add(shiftKey ? { years: 1 } : { months: 1 });
    default:
      return undefined;
  }
}

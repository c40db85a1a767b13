/** Where log lines go. Each method gets one readable sentence, and the data it is about. */
export interface Logger {
  debug(message: string, ...details: readonly unknown[]): void;
  info(message: string, ...details: readonly unknown[]): void;
  warn(message: string, ...details: readonly unknown[]): void;
  error(message: string, ...details: readonly unknown[]): void;
}

const PREFIX = "[client-event-scheduler]";

let muted = false;

/** Lets {@link consoleLogger} be silent, or speak again. */
export function muteConsoleLogger(silent: boolean): void {
  muted = silent;
}

function line(level: keyof Logger): (message: string, ...details: readonly unknown[]) => void {
  return (message, ...details) => {
    if (!muted) {
      console[level](PREFIX, message, ...details);
    }
  };
}

/** The browser's console; each line begins with `[client-event-scheduler]`. */
export const consoleLogger: Logger = Object.freeze({
  debug: line("debug"),
  info: line("info"),
  warn: line("warn"),
  error: line("error"),
});

const ignore = (): void => undefined;

/** Swallows everything. */
export const silentLogger: Logger = Object.freeze({ debug: ignore, info: ignore, warn: ignore, error: ignore });

/** The logger that an option asks for. */
export function loggerFrom(option: Logger | false | undefined): Logger {
  if (option === false) {
    return silentLogger;
  }
  return option ?? consoleLogger;
}

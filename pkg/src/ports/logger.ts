/** Where log lines go. Each method gets one readable sentence, and the data it is about. */
export interface Logger {
  debug(message: string, ...details: readonly unknown[]): void;
  info(message: string, ...details: readonly unknown[]): void;
  warn(message: string, ...details: readonly unknown[]): void;
  error(message: string, ...details: readonly unknown[]): void;
}

const PREFIX = "[client-event-scheduler]";

/** The browser's console; each line begins with `[client-event-scheduler]`. */
export const consoleLogger: Logger = Object.freeze({
  debug: (message: string, ...details: readonly unknown[]) => console.debug(PREFIX, message, ...details),
  info: (message: string, ...details: readonly unknown[]) => console.info(PREFIX, message, ...details),
  warn: (message: string, ...details: readonly unknown[]) => console.warn(PREFIX, message, ...details),
  error: (message: string, ...details: readonly unknown[]) => console.error(PREFIX, message, ...details),
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

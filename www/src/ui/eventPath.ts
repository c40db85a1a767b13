/** Where the page of an event is. */
export const eventPath = (eventId: string): string => `/events/${encodeURIComponent(eventId)}`;

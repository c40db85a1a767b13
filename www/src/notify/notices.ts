import { notifications } from "@mantine/notifications";

/** Says in passing that something worked. */
export const notifyDone = (message: string): void => {
  notifications.show({ message, color: "green", autoClose: 3_000 });
};

/** Says that something did not work and why; it stays until it is closed. */
export const notifyFailed = (title: string, error: Error): void => {
  notifications.show({ title, message: error.message, color: "red", autoClose: false });
};

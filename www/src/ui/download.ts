/** Hands a text to the browser as a file to keep. */
export function downloadText(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  downloadFrom(address, name);
  // The download has begun by then, and holds the data itself.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Lets the browser keep what is at an address. */
export function downloadFrom(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

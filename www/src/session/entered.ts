const KEY = "admin-entered";

/** Tells the next start of the page, in `color-scheme.js`, whether the frame of the admin or a sign-in is likely to come. */
export function rememberEntered(entered: boolean): void {
  try {
    if (entered) localStorage.setItem(KEY, "");
    else localStorage.removeItem(KEY);
  } catch {
    // Storage can be forbidden; the page then starts as for a stranger.
  }
}

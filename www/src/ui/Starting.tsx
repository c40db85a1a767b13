import { useLayoutEffect } from "react";

/** Leaves the window to the frame of `index.html` for as long as it is rendered. */
export function Starting() {
  useLayoutEffect(() => {
    show(true);
    return () => show(false);
  }, []);
  return null;
}

function show(shown: boolean): void {
  const frame = document.getElementById("frame");
  if (frame) frame.hidden = !shown;
}

(() => {
  let chosen = "auto";
  let entered = false;
  try {
    chosen = localStorage.getItem("mantine-color-scheme-value") ?? "auto";
    entered = localStorage.getItem("admin-entered") !== null;
  } catch {
    // Storage can be forbidden; the system's scheme is then used.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.toggleAttribute("data-entered", entered);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
